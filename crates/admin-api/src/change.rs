//! What was changed at run time.

use serde::{Deserialize, Serialize};

/// A change that was made at run time, over what the configuration file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChangeView {
    /// The mount's name; none of the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mount: Option<String>,
    /// What it changes: `client`, `user`, `settings` or `clock`.
    pub kind: String,
    /// Which client or user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is kept of it: `whole`, `patch` (the rest follows the file) or `removed`.
    pub form: String,
    /// The members or settings that a patch names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// Whether it hides something that the file says.
    pub hides: bool,
    /// Whether it is in force: one that does not fit the file is kept and left out.
    pub in_force: bool,
}
