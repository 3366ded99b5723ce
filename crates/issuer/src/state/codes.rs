//! Authorization codes.

use super::{FamilyId, HandleHash, Moment, Realm, RequestId, Spending, StoreError};
use grant::{ClientId, Login, Scopes};

/// What a code stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRecord {
    /// The family of what it will yield.
    pub family: FamilyId,
    /// The client it was issued to.
    pub client_id: String,
    /// The redirect URI it was sent to.
    pub redirect_uri: String,
    /// The S256 challenge bound to it (RFC 7636 section 4.2), base64url.
    pub challenge: Option<String>,
    /// `sub` of the user who consented.
    pub subject: String,
    /// The scopes consented to.
    pub scopes: Scopes,
    /// The sign-in behind it.
    pub login: Option<Login>,
    /// When it ends, seconds since the epoch.
    pub expires_at: i64,
    /// When the refresh token that comes of it ends, seconds since the epoch; `None` where none does.
    pub refresh_until: Option<i64>,
}

/// A request to redeem a code.
#[derive(Clone, Debug)]
pub struct Redemption {
    /// Names the request.
    pub request: RequestId,
    /// The present.
    pub moment: Moment,
    /// The family that the code names.
    pub family: FamilyId,
    /// The code presented.
    pub code: HandleHash,
    /// The authenticated client.
    pub client_id: ClientId,
    /// The redirect URI presented.
    pub redirect_uri: String,
    /// The S256 challenge of the verifier presented.
    pub challenge: Option<String>,
    /// The narrower scopes asked for, if any.
    pub scopes: Option<Scopes>,
    /// The handle to record as the family's refresh token, where the record says that one is due; `None` where
    /// refresh tokens are JWTs.
    pub refresh: Option<HandleHash>,
    /// Whether a code that holds is spent. One that is only asked about stays as it is, so that the issuer can refuse
    /// its terms and spend nothing; a replay counts all the same.
    pub spends: bool,
}

impl Redemption {
    /// What comes of it, by the checks in the order of [`RedeemOutcome`]. `spent` is the first use of the code, and
    /// `is_revoked` says whether its family was revoked.
    pub fn judge(&self, code: CodeRecord, spent: Option<Spending>, is_revoked: bool) -> RedeemOutcome {
        if code.family != self.family {
            return RedeemOutcome::Unknown;
        }
        if code.client_id != self.client_id.as_str() {
            return RedeemOutcome::WrongClient;
        }
        match spent {
            Some(first) if first.request == self.request => return RedeemOutcome::Granted(code),
            Some(_) => return RedeemOutcome::Replayed,
            None => {}
        }
        if self.moment.seconds() >= code.expires_at {
            return RedeemOutcome::Expired;
        }
        if is_revoked {
            return RedeemOutcome::Revoked;
        }
        if code.redirect_uri != self.redirect_uri {
            return RedeemOutcome::WrongRedirect;
        }
        if code.challenge != self.challenge {
            return RedeemOutcome::WrongVerifier(code.challenge);
        }
        match self.scopes.as_ref().and_then(|scopes| scopes.first_outside(&code.scopes)) {
            Some(scope) => RedeemOutcome::ScopeTooWide(scope.as_str().to_owned()),
            None => RedeemOutcome::Granted(code),
        }
    }
}

/// What came of a redemption. Only `Granted` spends the code.
#[expect(clippy::large_enum_variant, reason = "nearly every redemption is granted, and each is taken apart at once")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedeemOutcome {
    /// The code holds. Where it is to be spent it is, and the refresh token is recorded.
    Granted(CodeRecord),
    /// No such code.
    Unknown,
    /// Its time is over.
    Expired,
    /// It belongs to another client. Found before anything else, so that a stranger changes nothing.
    WrongClient,
    /// It was spent before: the family it led to has been revoked.
    Replayed,
    /// Its family was revoked before it was spent, as by a user who withdraws the consent.
    Revoked,
    /// It was sent to another redirect URI.
    WrongRedirect,
    /// The verifier is missing, does not match, or was not expected; with the challenge that is bound to the code.
    WrongVerifier(Option<String>),
    /// This scope was not consented to.
    ScopeTooWide(String),
}

/// Keeps authorization codes. A code is found by its family and its hash together.
#[async_trait::async_trait]
pub trait CodeStore: Send + Sync {
    /// Keeps a new code.
    async fn put_code(&self, realm: &Realm, code: HandleHash, record: CodeRecord) -> Result<(), StoreError>;

    /// Redeems a code in one step, as [`Redemption::judge`] says; a replay revokes the family. A spent code is
    /// remembered, for the sake of replays, as long as its refresh token could live.
    async fn redeem_code(&self, realm: &Realm, redemption: Redemption) -> Result<RedeemOutcome, StoreError>;
}
