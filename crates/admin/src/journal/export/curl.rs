//! Requests as commands of a shell. Credentials are variables of the environment, and no byte of a stranger's is read by
//! the shell, or by curl as anything but itself.

use admin_api::{JournalEntry, Member, Message};
use dialect::authorize::percent_encode;
use std::fmt::Write;
use surface::world::World;

/// A script: for each entry, oldest first, a comment and a command.
pub(crate) fn script(world: &World, entries: &[JournalEntry]) -> String {
    let mut script = "# Set what is asked for: CLIENT_SECRET and the like.\n".to_owned();
    for entry in entries.iter().rev() {
        let error = entry.error.as_deref().unwrap_or("served");
        let _ = writeln!(script, "# {} {}: {} {error}", entry.number, entry.at, entry.status);
        if entry.traffic.is_none() {
            script.push_str("# Query, headers and body were not kept: turn on journal_bodies.\n");
        }
        script.push_str(&command(world, entry));
        script.push('\n');
    }
    script
}

fn command(world: &World, entry: &JournalEntry) -> String {
    let method = if entry.method == "_OTHER" { "GET" } else { &entry.method };
    let none = Message::default();
    let request = entry.traffic.as_ref().map_or(&none, |traffic| &traffic.request);
    // With -X, curl would wait for the body that an answer to HEAD announces and has not.
    let method = if method == "HEAD" { "-I".to_owned() } else { format!("-X {method}") };
    let url = target(&super::url(world, entry), &request.query);
    let mut command = format!("curl -sS --globoff --path-as-is {method} {url}");
    let client = entry.client_id.as_deref().unwrap_or_default();
    for header in &request.headers {
        if let Some(line) = header_line(header, client) {
            command.push(' ');
            command.push_str(&line);
        }
    }
    if let Some(members) = request.body.as_ref().and_then(|body| body.members.as_deref()) {
        let media = request.body.as_ref().and_then(|body| body.media.as_deref()).unwrap_or_default();
        if media.ends_with("json") {
            let _ = write!(command, " --data-raw {}", json(members));
        } else {
            for (place, member) in members.iter().enumerate() {
                let _ = write!(command, " {}", parameter(place, member));
            }
        }
    } else if let Some(body) = &request.body {
        let _ = write!(command, " --data-binary \"${{BODY:?of {} bytes}}\"", body.length);
    }
    command
}

/// The URL with its query.
fn target(url: &str, query: &[Member]) -> String {
    let mut target = quoted(url);
    for (place, member) in query.iter().enumerate() {
        let between = if place == 0 { "?" } else { "&" };
        let Some(name) = member.name.as_deref() else {
            let _ = write!(target, "{}\"{}\"", quoted(between), unnamed("PARAMETER", place, member));
            continue;
        };
        let value = value_of(member);
        let mut plain = format!("{between}{}=", encoded(name));
        if let Some(value) = value {
            plain.push_str(&encoded(&value));
            target.push_str(&quoted(&plain));
        } else {
            let _ = write!(target, "{}\"{}\"", quoted(&plain), variable(name));
        }
    }
    target
}

/// A header field; none for those that curl writes itself.
fn header_line(header: &Member, client: &str) -> Option<String> {
    let name = header.name.as_deref()?;
    if ["host", "content-length", "accept-encoding", "connection"].contains(&name) {
        return None;
    }
    let value = header.value.as_ref().and_then(|value| value.as_str());
    Some(match (name, value) {
        ("authorization", Some("basic")) => format!("-u {}:\"{}\"", quoted(client), variable("client_secret")),
        ("authorization", Some("bearer")) => {
            format!("-H 'Authorization: Bearer '\"{}\"", variable("access_token"))
        }
        (_, Some(value)) => format!("-H {}", quoted(&format!("{name}: {value}"))),
        (_, None) => format!("-H {}\"{}\"", quoted(&format!("{name}: ")), variable(name)),
    })
}

/// A parameter of a form.
fn parameter(place: usize, member: &Member) -> String {
    let Some(name) = member.name.as_deref() else {
        return format!("--data-raw \"{}\"", unnamed("PARAMETER", place, member));
    };
    match value_of(member) {
        Some(value) => format!("--data-raw {}", quoted(&format!("{}={}", encoded(name), encoded(&value)))),
        // curl encodes what the variable holds.
        None => format!("--data-urlencode {}\"{}\"", quoted(&format!("{}=", encoded(name))), variable(name)),
    }
}

/// A JSON object, in which secrets are variables.
fn json(members: &[Member]) -> String {
    let mut text = quoted("{");
    for (place, member) in members.iter().enumerate() {
        let between = if place == 0 { "" } else { "," };
        let Some(name) = member.name.as_deref() else {
            let _ = write!(text, "{}\"{}\"", quoted(between), unnamed("MEMBER", place, member));
            continue;
        };
        let key = format!("{between}{}:", ascii(&serde_json::Value::from(name).to_string()));
        match (&member.members, &member.value) {
            (Some(inner), _) => {
                let _ = write!(text, "{}{}", quoted(&key), json(inner));
            }
            (None, Some(value)) => text.push_str(&quoted(&format!("{key}{}", ascii(&value.to_string())))),
            (None, None) => {
                let _ = write!(text, "{}\"{}\"{}", quoted(&format!("{key}\"")), variable(name), quoted("\""));
            }
        }
    }
    text.push_str(&quoted("}"));
    text
}

/// The variable that holds a parameter or member whose name is not kept, with its name, within double quotes.
fn unnamed(what: &str, place: usize, member: &Member) -> String {
    let (number, length) = (place + 1, member.length);
    format!("${{{what}_{number}:?its name, and its value of {length} bytes, are not kept}}")
}

fn value_of(member: &Member) -> Option<String> {
    member.value.as_ref().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// Parameters whose variables are called as they are.
const USUAL: [&str; 13] = [
    "access_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "id_token",
    "id_token_hint",
    "nonce",
    "password",
    "refresh_token",
    "state",
    "token",
];

/// The variable that holds the value of a member, within double quotes: without it the command ends and says which.
fn variable(name: &str) -> String {
    // A stranger's name could be that of a variable which whoever runs the command has for something else.
    let mark = if USUAL.contains(&name) { "" } else { "VALUE_" };
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphabetic() { c.to_ascii_uppercase() } else { '_' }).collect();
    format!("${{{mark}{name}:?}}")
}

fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    percent_encode(&mut encoded, text);
    encoded
}

/// JSON in ASCII.
fn ascii(json: &str) -> String {
    json.chars().fold(String::new(), |mut text, c| {
        if matches!(c, ' '..='~') {
            text.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let _ = write!(text, "\\u{unit:04x}");
            });
        }
        text
    })
}

/// Text that the shell takes as it is: control characters are percent-encoded.
fn quoted(text: &str) -> String {
    let mut quoted = "'".to_owned();
    for c in text.chars() {
        match c {
            '\'' => quoted.push_str("'\\''"),
            ' '..='~' => quoted.push(c),
            other => percent_encode(&mut quoted, other.encode_utf8(&mut [0; 4])),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn n85_no_byte_of_a_strangers_is_read_by_the_shell() {
        assert_eq!(quoted("a'$(id)`\n\u{9b}é"), "'a'\\''$(id)`%0A%C2%9B%C3%A9'");
        assert_eq!(variable("client_secret"), "${CLIENT_SECRET:?}");
        assert_eq!(variable("a-$(id)"), "${VALUE_A___ID_:?}");
        let member = |name: &str, value: Option<serde_json::Value>| Member {
            name: Some(name.to_owned()),
            value,
            ..Member::default()
        };
        assert_eq!(
            parameter(0, &member("scope", Some("@/etc/passwd&x='".into()))),
            "--data-raw 'scope=%40%2Fetc%2Fpasswd%26x%3D%27'"
        );
        assert_eq!(parameter(0, &member("code", None)), "--data-urlencode 'code='\"${CODE:?}\"");
        let unnamed = Member { length: 5, ..Member::default() };
        let said = |what: &str| format!("\"${{{what}:?its name, and its value of 5 bytes, are not kept}}\"");
        assert_eq!(parameter(1, &unnamed), format!("--data-raw {}", said("PARAMETER_2")));
        let url = target("http://a/b", std::slice::from_ref(&unnamed));
        assert_eq!(url, format!("'http://a/b''?'{}", said("PARAMETER_1")));
        assert_eq!(json(&[unnamed]), format!("'{{'''{}'}}'", said("MEMBER_1")));
        let body = json(&[member("client_secret", None), member("scopes", Some(json!(["a'\u{7}é"])))]);
        assert_eq!(
            body,
            "'{''\"client_secret\":\"'\"${CLIENT_SECRET:?}\"'\"'',\"scopes\":[\"a'\\''\\u0007\\u00e9\"]''}'"
        );
    }
}
