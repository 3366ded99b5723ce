//! Why a change is not made.

use dialect::SettingsError;
use grant::Remark;
use issuer::state::StoreError;

/// How often a change is made anew because another replica changed the same thing meanwhile.
pub(crate) const ATTEMPTS: usize = 8;

/// Why a change was not made. Nothing of it is in force, and none of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The client or user does not fit its mount.
    #[error("{}", list(.0))]
    Faults(Vec<Remark>),
    /// Another user of the mount could be found by one of the user's names.
    #[error("`{username}` or `{sub}` is a sub or username of the user `{owner}`")]
    NameTaken {
        /// The user's `sub`.
        sub: String,
        /// The user's name.
        username: String,
        /// `sub` of the user who has one of them.
        owner: String,
    },
    /// The secret could be guessed, and strangers can reach the gateway.
    #[error("the secret could be guessed, and the gateway listens beyond loopback: it {0}")]
    WeakSecret(&'static str),
    /// The settings do not fit the dialect.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The store did not keep it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What a patch comes to is not of the form that it patches.
    #[error("what the patch comes to does not fit: {0}")]
    Unfit(serde_json::Error),
    /// Others change the same thing, again and again.
    #[error("another gateway over the same store changes the same thing at the same time; nothing was changed")]
    Contended,
    /// A fault of the gateway's own.
    #[error("{0}")]
    Internal(String),
}

fn list(faults: &[Remark]) -> String {
    let line = |fault: &Remark| match fault.key {
        "" => fault.message.clone(),
        key => format!("{key}: {}", fault.message),
    };
    faults.iter().map(line).collect::<Vec<_>>().join("; ")
}
