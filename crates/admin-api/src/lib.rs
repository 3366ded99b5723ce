//! The admin API's types, shared by the server, the command line and test clients.
//!
//! Requests refuse unknown keys. Names on the wire are those of the configuration file wherever the two speak of the
//! same thing: a client is put over HTTP as it is written in a `[[mount.client]]`.

mod change;
mod clock;
mod code;
mod device;
mod filter;
mod gateway;
mod journal;
mod key;
mod mount;
mod namespace;
pub mod openapi;
mod operation;
pub mod operations;
mod pack;
mod pat;
mod patch;
mod problem;
mod right;
mod rules;
mod scenario;
mod secret;
mod set;
mod shape;
mod spec;
mod state;
mod token;
mod traffic;
mod trial;
mod verify;
mod whole;

pub use change::ChangeView;
pub use clock::{ClockAdvance, ClockChange, ClockView};
pub use code::{CodeReply, CodeRequest};
pub use device::{DeviceDecision, DeviceView};
pub use filter::JournalFilter;
pub use gateway::{CallerView, Fullness, GatewayView, MountRates, Rates};
pub use journal::{Decision, ForcedBy, JournalEntry, TokenIds};
pub use key::{KeyOrder, KeyView, RotateRequest};
pub use mount::{
    BodyMember, ClientView, EndpointView, Example, JwksView, MountView, SecretView, SettingView, TokenCallView,
    UserView,
};
pub use namespace::{NamespaceMount, NamespaceSpec, NamespaceTtl, NamespaceView};
pub use operation::{About, Operation, Query};
pub use pack::{PackDeparture, PackDoc, PackPair, PackPart, PackProof, PackRefusal, PackView};
pub use pat::{PatReply, PatRequest, PatView};
pub use patch::{Patch, Settings};
pub use problem::Problem;
pub use right::Right;
pub use scenario::{Answer, Scenario, ScenarioSpec, StepSpec};
pub use secret::SecretText;
pub use set::{Set, SetView};
pub use shape::{JournalText, Lines, Listed, Page, Shape, Text};
pub use spec::{ClientSpec, SecretSpec, UserSpec};
pub use state::{MountState, ScenarioState, State};
pub use token::{Answered, ClaimView, Inspection, Introspected, TokenOrder, TokenSelection, TokenSet, TokenText};
pub use traffic::{Member, Message, MessageBody, Traffic};
pub use trial::{Field, Preview, PreviewStep, Trial, TrialSpec};
pub use verify::{Difference, Misuse, Near, Verified, VerifySpec};
