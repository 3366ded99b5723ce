//! Scripts: each one stateful step, sent by its hash, with its source where Redis has forgotten it. None runs after its
//! deadline, and each answers with Redis's time.

use super::names::Key;
use deadpool_redis::redis::{self, Cmd, ToRedisArgs, cmd};
use issuer::clock::ClockState;
use issuer::state::Moment;
use std::borrow::Cow;
use std::sync::LazyLock;

/// A script and its hash.
pub(super) struct Script {
    /// What it is called in metrics and errors.
    pub(super) name: &'static str,
    source: String,
    sha: String,
}

impl Script {
    /// A script that Redis refuses at its beginning when its memory is full, unless `flags` say otherwise: nothing is
    /// half written.
    fn new(name: &'static str, flags: &str, source: &str) -> Self {
        let prelude = include_str!("scripts/prelude.lua");
        let source = format!(
            "#!lua{flags}\n{prelude}\nlocal function step()\n{source}\nend\nlocal answer = step()\nend_with_namespace()\nreturn {{ TIME, answer }}"
        );
        let sha = redis::Script::new(&source).get_hash().to_owned();
        Self { name, source, sha }
    }
}

macro_rules! scripts {
    ($($name:ident = $file:literal $flags:literal;)+) => {
        $(pub(super) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new($file, $flags, include_str!(concat!("scripts/", $file, ".lua"))));)+
    };
}

// What ends something must work when memory is full, and so must what frees it.
scripts! {
    PUT_CODE = "put_code" "";
    REDEEM = "redeem" "";
    PUT_DEVICE = "put_device" "";
    POLL_DEVICE = "poll_device" "";
    DECIDE_DEVICE = "decide_device" "";
    ROTATE = "rotate" "";
    SPEND = "spend" "";
    REVOKE_FAMILY = "revoke_family" " flags=allow-oom";
    REVOKE_HANDLE = "revoke_handle" " flags=allow-oom";
    REVOKE_TOKEN = "revoke_token" " flags=allow-oom";
    TAKE_BACK = "take_back" " flags=allow-oom";
    HIT = "hit" "";
    UNDO = "undo" " flags=allow-oom";
    PUT_OWNED = "put_owned" "";
    TAKE_BACK_OWNED = "take_back_owned" " flags=allow-oom";
    END_OWNED = "end_owned" " flags=allow-oom";
    USE_PAT = "use_pat" " flags=allow-oom";
    NOTE_CONSENT = "note_consent" "";
    WITHDRAW_CONSENT = "withdraw_consent" " flags=allow-oom";
    KEY_OR_INSERT = "key_or_insert" "";
    ACTIVATE_KEY = "activate_key" "";
    CHANGE = "change" "";
    MARK = "mark" "";
    NAMESPACE = "namespace" "";
    BEAT = "beat" " flags=allow-oom";
    USE_SCENARIO = "use_scenario" "";
    REPLACE = "replace" "";
    RESET = "reset" " flags=allow-oom";
    TEND = "tend" " flags=allow-oom";
    RELAY = "relay" "";
    PROBE = "probe" "";
    CARRY = "carry" "";
    CARRY_LISTED = "carry_listed" "";
}

/// The script that spends a refresh token which carries its own state, as Redis is given it: for those who measure
/// what Redis makes of it.
pub fn refresh_script() -> &'static str {
    &SPEND.source
}

/// A call of a script: its keys, which share a hash tag, and its arguments.
#[derive(Clone)]
pub(super) struct Call<'a> {
    keys: Cow<'a, [Key]>,
    arguments: Vec<Vec<u8>>,
}

impl<'a> Call<'a> {
    pub(super) fn on(keys: &'a [Key]) -> Self {
        Self { keys: Cow::Borrowed(keys), arguments: Vec::with_capacity(12) }
    }

    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The same, to be made later.
    pub(super) fn kept(self) -> Call<'static> {
        Call { keys: Cow::Owned(self.keys.into_owned()), arguments: self.arguments }
    }

    pub(super) fn arg(mut self, argument: impl ToRedisArgs) -> Self {
        argument.write_redis_args(&mut self.arguments);
        self
    }

    /// The clock, from which the script derives the present: two arguments.
    pub(super) fn clock(self, moment: Moment) -> Self {
        match moment.clock {
            ClockState::Offset(offset) => self.arg("o").arg(offset.0),
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

    /// The script by its hash, to run before that moment by Redis's clock, microseconds since the epoch. `until` is when the
    /// keys' namespace ends, milliseconds since the epoch; 0 outside any.
    pub(super) fn by_sha(&self, script: &Script, until: i64, deadline: i64) -> Cmd {
        self.command("EVALSHA", &script.sha, until, deadline)
    }

    /// The script by its source, for a Redis that has forgotten it.
    pub(super) fn by_source(&self, script: &Script, until: i64, deadline: i64) -> Cmd {
        self.command("EVAL", &script.source, until, deadline)
    }

    fn command(&self, name: &str, script: &str, until: i64, deadline: i64) -> Cmd {
        let mut command = cmd(name);
        command.arg(script).arg(self.keys.len());
        for key in &*self.keys {
            command.arg(key.as_bytes());
        }
        for argument in &self.arguments {
            command.arg(argument.as_slice());
        }
        command.arg(until).arg(deadline);
        command
    }
}
