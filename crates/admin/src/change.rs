//! Why a change is not made.

use dialect::SettingsError;
use grant::Remark;
use issuer::state::StoreError;

/// Why a change was not made. Nothing of it is in force, and none of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The client or user does not fit its mount.
    #[error("{}", list(.0))]
    Faults(Vec<Remark>),
    /// Another user of the mount has the name.
    #[error("`{username}` is the username of the user `{owner}`")]
    UsernameTaken {
        /// The name asked for.
        username: String,
        /// `sub` of the user who has it.
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
