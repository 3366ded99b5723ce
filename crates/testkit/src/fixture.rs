//! What a gateway of an earlier version left behind, and what each thing in it must still do: `Manifest` has both, as
//! requests with the answers that are due.

use crate::gateway::Gateway;
use crate::{Redis, http, tree};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::PathBuf;

/// A listener of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Listener {
    /// The vendors' surface.
    Public,
    /// The admin API.
    Admin,
}

/// One request, and what its answer must be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Presentation {
    /// What is shown.
    pub what: String,
    /// To which listener it goes.
    pub to: Listener,
    /// The request's bytes.
    pub request: String,
    /// The answer's status.
    pub status: u16,
    /// What the answer's header fields and body have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub has: Vec<String>,
}

/// What is in a fixture: presented in order, for what is spent stays so.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// Which program left it behind.
    pub made_by: String,
    /// What each thing in it must do.
    pub presentations: Vec<Presentation>,
}

impl Presentation {
    /// Sends the request; an error where the answer is another than is due.
    pub fn show(&self, gateway: &Gateway) -> Result<http::Response> {
        let address = match self.to {
            Listener::Public => gateway.public(),
            Listener::Admin => gateway.admin_address(),
        };
        let answer = http::exchange(address, self.request.as_bytes()).with_context(|| self.what.clone())?;
        let head: String = answer.headers.iter().flat_map(|(name, value)| [name.as_str(), ": ", value, "\n"]).collect();
        let whole = format!("{head}\n{}", answer.text());
        let missing: Vec<_> = self.has.iter().filter(|part| !whole.contains(part.as_str())).collect();
        ensure!(
            answer.status == self.status && missing.is_empty(),
            "{}: {} instead of {}, without {missing:?}:\n{whole}",
            self.what,
            answer.status,
            self.status
        );
        Ok(answer)
    }
}

impl Manifest {
    /// Presents all to a gateway; the error names every thing that does not do what it must.
    pub fn hold(&self, gateway: &Gateway) -> Result<()> {
        let wrong: Vec<_> = self.presentations.iter().filter_map(|it| it.show(gateway).err()).collect();
        let wrong: Vec<_> = wrong.iter().map(|error| format!("{error:#}")).collect();
        ensure!(wrong.is_empty(), "{} of {} do not hold:\n{}", wrong.len(), self.presentations.len(), wrong.join("\n"));
        Ok(())
    }
}

/// The folder of the fixtures of a version.
pub fn folder(version: &str) -> PathBuf {
    tree::crate_dir("conformance").join("fixtures").join(version)
}

/// The versions that there are fixtures of.
pub fn versions() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(tree::crate_dir("conformance").join("fixtures"))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// A file of a fixture.
pub fn read(version: &str, name: &str) -> Result<String> {
    let path = folder(version).join(name);
    fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
}

/// The manifest of that name.
pub fn manifest(version: &str, name: &str) -> Result<Manifest> {
    serde_json::from_str(&read(version, name)?).with_context(|| format!("{version}/{name}"))
}

/// Everything that a Redis holds: a line for each key, with its remaining life in milliseconds (0: for ever), its name
/// and its value as DUMP gives it, both in hexadecimal. Unlike a file of Redis's own, it is loaded with the lives that were
/// left, however old it is.
pub fn dump(redis: &Redis) -> Result<String> {
    const ALL: &str = r"
        local function hex(text)
            return (text:gsub('.', function(c) return string.format('%02x', c:byte()) end))
        end
        local lines = {}
        local keys = redis.call('KEYS', '*')
        table.sort(keys)
        for _, key in ipairs(keys) do
            local life = math.max(redis.call('PTTL', key), 0)
            lines[#lines + 1] = life .. ' ' .. hex(key) .. ' ' .. hex(redis.call('DUMP', key))
        end
        return table.concat(lines, '\n') .. '\n'";
    redis.command(&["EVAL", ALL, "0"])
}

/// Puts what [`dump`] gave into an empty Redis.
pub fn restore(redis: &Redis, dump: &str) -> Result<()> {
    const ONE: &str = r"
        local function bytes(hex)
            return (hex:gsub('..', function(pair) return string.char(tonumber(pair, 16)) end))
        end
        return redis.call('RESTORE', bytes(ARGV[2]), ARGV[1], bytes(ARGV[3]))";
    for line in dump.lines() {
        let mut parts = line.splitn(3, ' ');
        let (Some(life), Some(key), Some(value)) = (parts.next(), parts.next(), parts.next()) else {
            anyhow::bail!("a line that is no key: {line}");
        };
        redis.command(&["EVAL", ONE, "0", life, key, value])?;
    }
    Ok(())
}
