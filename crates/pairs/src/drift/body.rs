//! Bodies as they are compared: whatever their media type, members in order.

use crate::json::Json;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Json,
    Form,
    /// A page for a browser, which nobody compares.
    Page,
    Text,
}

impl Shape {
    /// By the value of `Content-Type`.
    pub(super) fn of(content_type: &str) -> Self {
        let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media.as_str() {
            "application/x-www-form-urlencoded" => Self::Form,
            "text/html" => Self::Page,
            media if media.ends_with("json") => Self::Json,
            _ => Self::Text,
        }
    }
}

/// A body, where it can be read; a text that has no members is none.
pub(super) fn read(shape: Shape, body: &str) -> Option<Json> {
    match shape {
        Shape::Json => serde_json::from_str(body).ok(),
        Shape::Form => {
            let members: Vec<(String, String)> = serde_urlencoded::from_str(body).ok()?;
            Some(Json::Object(members.into_iter().map(|(name, value)| (name, Json::Text(value))).collect()))
        }
        Shape::Page | Shape::Text => None,
    }
}

/// What a contract expects, with placeholders as texts.
pub(super) fn read_template(shape: Shape, template: &str) -> Option<Json> {
    if shape != Shape::Json {
        return read(shape, template);
    }
    // A placeholder that stands bare is no JSON: it is quoted.
    let (mut made, mut is_quoted, mut is_escaped) = (String::new(), false, false);
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        let placeholder = rest.strip_prefix("{{").filter(|_| !is_quoted).and_then(|inside| inside.split_once("}}"));
        if let Some((name, after)) =
            placeholder.filter(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+".contains(&b)))
        {
            made = made + "\"{{" + name + "}}\"";
            rest = after;
            continue;
        }
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => {}
        }
        made.push(c);
        rest = &rest[c.len_utf8()..];
    }
    serde_json::from_str(&made).ok()
}

/// Header and payload of a text that is a JWT.
pub(super) fn token(text: &str) -> Option<(Json, Json)> {
    let mut parts = text.split('.');
    let (header, payload) = (parts.next()?, parts.next()?);
    let (Some(_), None) = (parts.next(), parts.next()) else { return None };
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    Some((read(header)?, read(payload)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_read_with_its_placeholders() {
        let read = read_template(Shape::Json, r#"{"a":"x{{any}}","b":{{int}},"c":{"d":[{{int}}]}}"#).unwrap();
        assert_eq!(read.to_string(), r#"{"a":"x{{any}}","b":"{{int}}","c":{"d":["{{int}}"]}}"#);
        let form = read_template(Shape::Form, "a={{any}}&b=c%2Cd").unwrap();
        assert_eq!(form.to_string(), r#"{"a":"{{any}}","b":"c,d"}"#);
    }
}
