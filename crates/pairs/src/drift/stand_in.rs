//! Real credentials in the place of a contract's.

use crate::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What stands in the place of which text of the contract's. Debug shows neither.
#[derive(Clone, Default)]
pub struct StandIns(Vec<(String, String)>);

impl std::fmt::Debug for StandIns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("StandIns").field(&self.0.len()).finish()
    }
}

impl StandIns {
    /// Puts `real` in the place of `text`.
    pub fn add(&mut self, text: &str, real: &str) {
        if !text.is_empty() {
            self.0.push((text.to_owned(), real.to_owned()));
            // The longest first: one text may be the beginning of another.
            self.0.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        }
    }

    /// Puts them into a request, in the encoding of each of its parts.
    pub fn put(&self, request: &mut Request) {
        if self.0.is_empty() {
            return;
        }
        let is_json = request.header("content-type").is_some_and(|media| media.contains("json"));
        request.target = self.replace(&request.target, form_encoded);
        request.body = self.replace(&request.body, if is_json { json_escaped } else { form_encoded });
        for (name, value) in &mut request.headers {
            let basic = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
            let decoded =
                basic.and_then(|(scheme, text)| Some((scheme, String::from_utf8(STANDARD.decode(text).ok()?).ok()?)));
            *value = match decoded {
                Some((scheme, text)) => {
                    let (id, secret) = text.split_once(':').unwrap_or((&text, ""));
                    let part = |text: &str| self.replace(text, str::to_owned);
                    format!("{scheme} {}", STANDARD.encode(format!("{}:{}", part(id), part(secret))))
                }
                None if name.eq_ignore_ascii_case("host") => continue,
                None => self.replace(value, str::to_owned),
            };
        }
    }

    /// Each text replaced where it stands, once: what is put in is not looked at again.
    fn replace(&self, text: &str, encode: fn(&str) -> String) -> String {
        let encoded: Vec<_> = self.0.iter().map(|(from, to)| (encode(from), encode(to))).collect();
        let (mut made, mut rest) = (String::new(), text);
        'next: while let Some(first) = rest.chars().next() {
            for (from, to) in &encoded {
                if let Some(after) = rest.strip_prefix(from.as_str()) {
                    made.push_str(to);
                    rest = after;
                    continue 'next;
                }
            }
            made.push(first);
            rest = &rest[first.len_utf8()..];
        }
        made
    }
}

fn form_encoded(text: &str) -> String {
    let pair = serde_urlencoded::to_string([("", text)]).unwrap_or_default();
    pair.trim_start_matches('=').to_owned()
}

fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)], body: &str) -> Request {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Request { method: "POST".into(), target: "/t?app=acme-client".into(), headers, body: body.into() }
    }

    #[test]
    fn real_credentials_are_put_in_the_encoding_of_each_part() {
        let mut stand_ins = StandIns::default();
        stand_ins.add("acme", "r/1");
        stand_ins.add("acme-client", "real id");
        stand_ins.add("acme-secret", "s+\"acme");
        let basic = format!("Basic {}", STANDARD.encode("acme-client:acme-secret"));
        let mut form = request(&[("Authorization", &basic)], "id=acme-client&key=acme-secret&x=acme");
        stand_ins.put(&mut form);
        assert_eq!(form.headers[0].1, format!("Basic {}", STANDARD.encode("real id:s+\"acme")));
        assert_eq!(form.body, "id=real+id&key=s%2B%22acme&x=r%2F1");
        assert_eq!(form.target, "/t?app=real+id");
        let mut json = request(&[("Content-Type", "application/json")], r#"{"key":"acme-secret"}"#);
        stand_ins.put(&mut json);
        assert_eq!(json.body, r#"{"key":"s+\"acme"}"#);
        assert!(!format!("{stand_ins:?}").contains("real"));
    }
}
