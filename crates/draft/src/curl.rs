//! Calls as people paste them: a command of curl, and an answer as `curl -i` shows it.

use crate::Call;
use crate::har::target_of;
use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pairs::{Request, Response};

/// The call that a command of curl makes. Nothing is run.
pub fn from_curl(command: &str) -> Result<Call> {
    let words = words(command)?;
    let mut words = words.into_iter();
    ensure!(
        words.next().is_some_and(|first| first == "curl" || first.ends_with("/curl")),
        "a command of curl begins with `curl`"
    );
    let mut read = Read::default();
    while let Some(word) = words.next() {
        let (option, joined) = match word.split_once('=') {
            Some((option, value)) if word.starts_with("--") => (option.to_owned(), Some(value.to_owned())),
            _ if word.starts_with('-') && !word.starts_with("--") && word.len() > 2 && has_value(&word[..2]) => {
                (word[..2].to_owned(), Some(word[2..].to_owned()))
            }
            _ => (word.clone(), None),
        };
        if !word.starts_with('-') {
            read.url = Some(word);
        } else if has_value(&option) {
            let value = joined.or_else(|| words.next()).with_context(|| format!("`{option}` wants a value"))?;
            read.option(&option, value)?;
        } else if matches!(option.as_str(), "-G" | "--get") {
            read.is_query = true;
        }
    }
    read.call()
}

/// Whether an option of curl's has a value.
fn has_value(option: &str) -> bool {
    const WITH: &[&str] = &[
        "-X",
        "--request",
        "-H",
        "--header",
        "-d",
        "--data",
        "--data-raw",
        "--data-binary",
        "--data-ascii",
        "--data-urlencode",
        "--json",
        "-u",
        "--user",
        "-A",
        "--user-agent",
        "-b",
        "--cookie",
        "-e",
        "--referer",
        "-o",
        "--output",
        "-w",
        "--write-out",
        "-m",
        "--max-time",
        "--connect-timeout",
        "--retry",
        "-x",
        "--proxy",
        "--cacert",
        "-E",
        "--cert",
        "--key",
        "--resolve",
        "--url",
        "-c",
        "--cookie-jar",
    ];
    WITH.contains(&option)
}

#[derive(Default)]
struct Read {
    method: Option<String>,
    url: Option<String>,
    headers: Vec<(String, String)>,
    data: Vec<String>,
    is_query: bool,
    is_json: bool,
}

impl Read {
    fn option(&mut self, option: &str, value: String) -> Result<()> {
        match option {
            "-X" | "--request" => self.method = Some(value),
            "--url" => self.url = Some(value),
            "-H" | "--header" => {
                let (name, text) =
                    value.split_once(':').with_context(|| format!("`{option}` is no header: it has no colon"))?;
                self.headers.push((name.trim().to_owned(), text.trim().to_owned()));
            }
            "-u" | "--user" => {
                let both = if value.contains(':') { value } else { format!("{value}:") };
                self.headers.push(("Authorization".to_owned(), format!("Basic {}", STANDARD.encode(both))));
            }
            "-d" | "--data" | "--data-raw" | "--data-binary" | "--data-ascii" | "--data-urlencode" | "--json" => {
                ensure!(
                    option == "--data-raw" || !value.starts_with('@'),
                    "the data is in a file, which is not read; write it into the command"
                );
                self.is_json |= option == "--json";
                self.data.push(if option == "--data-urlencode" { urlencoded(&value) } else { value });
            }
            _ => {}
        }
        Ok(())
    }

    fn call(mut self) -> Result<Call> {
        let url = self.url.context("the command names no URL")?;
        let url = if url.contains("://") { url } else { format!("https://{url}") };
        let (mut target, host) = target_of(&url).context("the command's URL has no host")?;
        let data = self.data.join("&");
        let mut body = String::new();
        if self.is_query && !data.is_empty() {
            target = format!("{target}{}{data}", if target.contains('?') { '&' } else { '?' });
        } else {
            body = data;
        }
        let has = |headers: &[(String, String)], name: &str| {
            headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        if !body.is_empty() && !has(&self.headers, "content-type") {
            let media = if self.is_json { "application/json" } else { "application/x-www-form-urlencoded" };
            self.headers.push(("Content-Type".to_owned(), media.to_owned()));
        }
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
        self.headers.insert(0, ("Host".to_owned(), host));
        let method = self.method.unwrap_or_else(|| if body.is_empty() { "GET" } else { "POST" }.to_owned());
        Ok(Call { request: Request { method, target, headers: self.headers, body }, answer: None })
    }
}

/// `name=value` with the value encoded, as curl does.
fn urlencoded(text: &str) -> String {
    let (name, value) = text.split_once('=').unwrap_or(("", text));
    let encoded = serde_urlencoded::to_string([(name, value)]).unwrap_or_default();
    if name.is_empty() { encoded.trim_start_matches('=').to_owned() } else { encoded }
}

/// The words of a command as a shell reads them. Variables stay as they are written.
fn words(command: &str) -> Result<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut chars = command.trim().chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None | Some('"'), '\\') => match chars.next() {
                Some('\n') => {}
                Some(next) if quote.is_none() || matches!(next, '"' | '\\' | '$' | '`') => {
                    word.get_or_insert_default().push(next);
                }
                Some(next) => word.get_or_insert_default().extend(['\\', next]),
                None => bail!("the command ends in a backslash"),
            },
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), close) if open == close => quote = None,
            (None, '$') if chars.peek() == Some(&'\'') => {}
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, '|' | ';' | '>' | '&') => break,
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    ensure!(quote.is_none(), "the command has a quote that does not end");
    words.extend(word);
    Ok(words)
}

/// An answer as `curl -i` shows it, or a body alone, which is then of a 200.
pub fn answer_of(text: &str) -> Result<Response> {
    if !text.starts_with("HTTP/") {
        let media = if text.trim_start().starts_with(['{', '[']) {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        let headers = vec![("Content-Type".to_owned(), media.to_owned())];
        return Ok(Response { status: 200, reason: "OK".to_owned(), headers, body: text.trim().into() });
    }
    let plain = text.replace("\r\n", "\n");
    let (head, body) = plain.split_once("\n\n").context("the answer has no empty line after its head")?;
    let mut lines = head.lines();
    let mut status = lines.next().unwrap_or_default().splitn(3, ' ').skip(1);
    let code = status.next().unwrap_or_default().parse().context("the answer's first line has no status")?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    let reason = status.next().unwrap_or_default().to_owned();
    Ok(Response { status: code, reason, headers: headers.collect(), body: body.trim_end_matches('\n').into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_read_as_a_shell_and_curl_read_it() {
        let call = from_curl(
            "curl -sS -X POST 'https://api.acme.test/oauth/token?v=2' \\\n  -H \"Content-Type: application/json\" -u id:se\\$cret --data '{\"a\":\"it'\\''s\"}' | jq .",
        );
        let request = call.unwrap().request;
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/oauth/token?v=2"));
        assert_eq!(request.header("host"), Some("api.acme.test"));
        assert_eq!(request.header("authorization"), Some(&*format!("Basic {}", STANDARD.encode("id:se$cret"))));
        assert_eq!(request.body, r#"{"a":"it's"}"#);
        let form = from_curl("curl https://a.test -d a=1 --data-urlencode 'b=x y' -d c=3").unwrap().request;
        assert_eq!((form.body.as_str(), form.target.as_str()), ("a=1&b=x+y&c=3", "/"));
        assert_eq!(form.header("content-type"), Some("application/x-www-form-urlencoded"));
        let get = from_curl("curl -G https://a.test/t -d a=1").unwrap().request;
        assert_eq!((get.method.as_str(), get.target.as_str()), ("GET", "/t?a=1"));
        for wrong in ["wget x", "curl -d a", "curl 'https://a", "curl https://a.test -d @file", "curl"] {
            assert!(from_curl(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_answer_is_whole_or_a_body_alone() {
        let whole = answer_of("HTTP/2 401 \r\nContent-Type: a/b\r\n\r\n{}\r\n").unwrap();
        assert_eq!((whole.status, whole.header("content-type"), &whole.body[..]), (401, Some("a/b"), &b"{}"[..]));
        assert_eq!(answer_of("{\"a\":1}\n").unwrap().status, 200);
    }
}
