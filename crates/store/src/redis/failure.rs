//! Why Redis did not answer a call, or not as one that serves.

use deadpool_redis::redis::{ErrorKind, RedisError, ServerErrorKind};
use issuer::state::StoreError;

/// Why an attempt did not come to an answer.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "five questions that the caller asks, each by itself")]
pub(super) struct Failure {
    pub(super) why: String,
    /// Another connection may do better.
    pub(super) is_transient: bool,
    /// Redis may have done what it was asked.
    pub(super) may_have_run: bool,
    /// Redis did not answer, or not as one that serves.
    pub(super) is_silence: bool,
    /// It did not answer in time, and may yet.
    pub(super) is_overdue: bool,
    /// A script met a row that it cannot read.
    pub(super) is_damage: bool,
    /// Redis's time, where the script was refused because its deadline is over by that.
    pub(super) late_at: Option<i64>,
}

impl Failure {
    /// Nothing came of what was sent.
    pub(super) fn silence(why: String) -> Self {
        Self {
            why,
            is_transient: true,
            may_have_run: true,
            is_silence: true,
            is_overdue: true,
            is_damage: false,
            late_at: None,
        }
    }

    /// Nothing was sent.
    pub(super) fn unsent(why: &str) -> Self {
        Self { may_have_run: false, ..Self::silence(why.to_owned()) }
    }

    pub(super) fn of(error: &RedisError) -> Self {
        use ServerErrorKind as Server;
        let late_at = error.detail().filter(|_| error.code() == Some("LATE")).and_then(|told| told.parse().ok());
        // A server that refuses has not run the script; a script that it broke off half way reports an error of its own.
        let (is_transient, may_have_run, is_silence) = match error.kind() {
            _ if late_at.is_some() => (true, false, true),
            ErrorKind::Server(
                Server::ReadOnly
                | Server::MasterDown
                | Server::BusyLoading
                | Server::ClusterDown
                | Server::TryAgain
                | Server::Moved
                | Server::Ask,
            ) => (true, false, true),
            // Out of memory, a script's error, no permission: asked again it would say the same.
            ErrorKind::Server(_) | ErrorKind::Extension => (false, false, false),
            ErrorKind::AuthenticationFailed | ErrorKind::InvalidClientConfig => (false, false, true),
            _ => (true, true, true),
        };
        let is_damage = error.code() == Some("CORRUPT");
        Self { why: error.to_string(), is_transient, may_have_run, is_silence, is_overdue: false, is_damage, late_at }
    }

    /// The same as the store tells it.
    pub(super) fn told(self, name: &str) -> StoreError {
        let why = format!("{name}: {}", self.why);
        if self.is_damage { StoreError::Corrupt(why) } else { StoreError::Unavailable(why) }
    }
}
