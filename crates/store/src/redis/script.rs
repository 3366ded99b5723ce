//! Scripts: each one stateful step, sent by its hash, with its source where Redis has forgotten it.

use super::keys::Key;
use deadpool_redis::redis::{self, Cmd, ToRedisArgs, cmd};
use issuer::clock::ClockState;
use issuer::state::Moment;
use std::sync::LazyLock;

/// A script and its hash.
pub(super) struct Script {
    /// What it is called in metrics and errors.
    pub(super) name: &'static str,
    source: String,
    sha: String,
}

impl Script {
    fn new(name: &'static str, source: &str) -> Self {
        let source = format!("{}\n{source}", include_str!("scripts/prelude.lua"));
        let sha = redis::Script::new(&source).get_hash().to_owned();
        Self { name, source, sha }
    }
}

macro_rules! scripts {
    ($($name:ident = $file:literal;)+) => {
        $(pub(super) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new($file, include_str!(concat!("scripts/", $file, ".lua"))));)+
    };
}

scripts! {
    PUT_CODE = "put_code";
    REDEEM = "redeem";
    ROTATE = "rotate";
    SPEND = "spend";
    REVOKE_FAMILY = "revoke_family";
    REVOKE_HANDLE = "revoke_handle";
    REVOKE_TOKEN = "revoke_token";
    HIT = "hit";
    UNDO = "undo";
    PUT_OWNED = "put_owned";
    END_OWNED = "end_owned";
    USE_PAT = "use_pat";
    NOTE_CONSENT = "note_consent";
    WITHDRAW_CONSENT = "withdraw_consent";
    KEY_OR_INSERT = "key_or_insert";
    CHANGE = "change";
    BEAT = "beat";
    USE_SCENARIO = "use_scenario";
    RESET = "reset";
    TEND = "tend";
}

/// A call of a script: its keys, which share a hash tag, and its arguments.
pub(super) struct Call<'a> {
    keys: &'a [Key],
    arguments: Vec<Vec<u8>>,
}

impl<'a> Call<'a> {
    pub(super) fn on(keys: &'a [Key]) -> Self {
        Self { keys, arguments: Vec::with_capacity(12) }
    }

    pub(super) fn arg(mut self, argument: impl ToRedisArgs) -> Self {
        argument.write_redis_args(&mut self.arguments);
        self
    }

    /// The clock, from which the script derives the present: two arguments.
    pub(super) fn clock(self, moment: Moment) -> Self {
        match moment.clock {
            ClockState::Offset(offset) => self.arg("o").arg(offset),
            ClockState::Frozen(at) => self.arg("f").arg(at),
        }
    }

    /// A text that may be absent, which is not the same as an empty one.
    pub(super) fn optional(self, text: Option<&str>) -> Self {
        match text {
            None => self.arg(""),
            Some(text) => self.arg(format!("={text}")),
        }
    }

    pub(super) fn by_sha(&self, script: &Script) -> Cmd {
        self.command("EVALSHA", &script.sha)
    }

    pub(super) fn by_source(&self, script: &Script) -> Cmd {
        self.command("EVAL", &script.source)
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = cmd(name);
        command.arg(script).arg(self.keys.len());
        for key in self.keys {
            command.arg(key.as_bytes());
        }
        for argument in &self.arguments {
            command.arg(argument.as_slice());
        }
        command
    }
}
