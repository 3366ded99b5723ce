//! The shared grant model: what every vendor's auth surface comes down to once its dialect is read.
//!
//! Requests, replies, errors, scopes, clients, users, token plans, and the hooks ([`Hooks`]) by which a
//! dialect shapes a grant. No I/O, no HTTP, no JSON, no clock and no private key lives here.

mod assertion;
mod authorize;
mod claims_request;
mod client;
mod client_secret;
mod duration;
mod echo;
mod endpoint;
mod error;
mod exchange;
mod extra;
mod fault;
mod flaw;
mod grant_type;
mod hooks;
mod limit;
mod origin;
mod plan;
mod policy;
mod remarks;
mod reply;
mod request;
mod scope;
mod sign_in;
mod token;
mod user;
mod value;

pub use assertion::{AssertionAlg, AssertionTerms, Audience, BearerTerms, ClientKey, KeyKind};
pub use authorize::{AuthorizeOutcome, AuthorizeReply, AuthorizeRequest, Prompt, ResponseMode, SignedOut};
pub use claims_request::{AskedAcr, AskedClaims, ClaimsRequest};
pub use client::{AuthMethod, Client, ClientAuth, ClientId};
pub use client_secret::{ClientSecret, NotAfter, SecretDigest};
pub use duration::{Millis, Seconds};
pub use echo::Echo;
pub use endpoint::Endpoint;
pub use error::{PublicError, Refusal, RefusalKind, RequestFault, ScopeFault, TokenFault, is_usual_name};
pub use exchange::{PresentedKind, PresentedToken, TokenExchange};
pub use extra::{check_extra_claims, extra_claims};
pub use fault::Fault;
pub use flaw::{Flaw, KeyFlaw};
pub use grant_type::{GrantType, Proof};
pub use hooks::{Hooks, KnownClaims};
pub use limit::{RateLimit, RateLimitError};
pub use origin::Origins;
pub use plan::{
    ClaimSource, Grant, HeaderMember, HeaderOrder, Login, PlannedToken, RefreshTerms, TokenIdFormat, TokenKind,
    TokenPlan,
};
pub use policy::{Capabilities, DeviceTerms, Policy, RefreshForm, RefreshPolicy, SigningAlg};
pub use remarks::{Remark, Remarks};
pub use reply::{DeviceReply, Granted, Identity, Jwk, Reply, TokenReply};
pub use request::{Bearer, Call, DeviceRequest, EndSessionRequest, IntrospectRequest, RevokeRequest, TokenRequest};
pub use scope::{Scope, Scopes};
pub use sign_in::{Brand, OpenIdTerms, PatPolicy, ScopeText, SignInTerms};
pub use token::{IssuedToken, TokenFacts, TokenView};
pub use user::{Password, User};
pub use value::{Claims, Value};

/// A secret in transit: zeroized when dropped, `[REDACTED]` in Debug, read only by an explicit
/// [`secrecy::ExposeSecret::expose_secret`].
pub type Secret = secrecy::SecretString;
