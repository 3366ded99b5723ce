//! Reads the `claims` parameter (OpenID Connect Core section 5.5), and writes it as a page carries it on.

use grant::{AskedAcr, Claims, ClaimsRequest, Refusal, Value};

/// More names than any request asks for, at userinfo and in the ID token alike.
const MAX_NAMES: usize = 64;

/// What the parameter asks for. Of values, those of `sub` and `acr` alone matter; members that are not known are passed
/// over, as the standard has it.
pub fn read(text: &str) -> Result<ClaimsRequest, Refusal> {
    let bad = |why: &str| Refusal::malformed("claims", why);
    let all: Claims = serde_json::from_str(text).map_err(|_| bad("is no JSON object (or names a member twice)"))?;
    let part = |name: &'static str| match all.get(name) {
        None | Some(Value::Null) => Ok(Claims::empty()),
        Some(Value::Map(part)) if part.iter().count() <= MAX_NAMES => Ok(part.clone()),
        Some(Value::Map(_)) => Err(bad("asks for too many claims")),
        Some(_) => Err(bad("has a `userinfo` or `id_token` that is no object")),
    };
    let (userinfo, id_token) = (part("userinfo")?, part("id_token")?);
    if [&userinfo, &id_token]
        .iter()
        .any(|part| part.iter().any(|(_, asked)| !matches!(asked, Value::Null | Value::Map(_))))
    {
        return Err(bad("has a claim whose value is neither null nor an object"));
    }
    let names = |part: &Claims| {
        part.iter().map(|(name, _)| name.to_owned()).filter(|name| !["sub", "acr"].contains(&name.as_str())).collect()
    };
    let asked = grant::AskedClaims { userinfo: names(&userinfo), id_token: names(&id_token) };
    let subject = [&id_token, &userinfo].into_iter().find_map(|part| values(part.get("sub")?).into_iter().next());
    let acr = id_token.get("acr").map(|asked| AskedAcr {
        is_essential: member(asked, "essential") == Some(&Value::Bool(true)),
        values: values(asked),
    });
    Ok(ClaimsRequest { asked, subject, acr })
}

fn member<'a>(asked: &'a Value, name: &str) -> Option<&'a Value> {
    match asked {
        Value::Map(members) => members.get(name),
        _ => None,
    }
}

/// The texts of `value` and `values`.
fn values(asked: &Value) -> Vec<String> {
    let one = member(asked, "value").into_iter();
    let many = member(asked, "values").and_then(Value::as_list).unwrap_or_default();
    one.chain(many).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The parameter that asks for the same; `None` where nothing is asked for.
pub fn written(request: &ClaimsRequest) -> Option<String> {
    if request.is_empty() {
        return None;
    }
    let part = |names: &[String]| {
        let mut part = Claims::empty();
        for name in names {
            part.set(name, Value::Null);
        }
        part
    };
    let (userinfo, mut id_token) = (part(&request.asked.userinfo), part(&request.asked.id_token));
    if let Some(sub) = &request.subject {
        let mut asked = Claims::empty();
        asked.set("value", sub.clone().into());
        id_token.set("sub", Value::Map(asked));
    }
    if let Some(acr) = &request.acr {
        let mut asked = Claims::empty();
        asked.set("essential", acr.is_essential.into());
        asked.set("values", Value::List(acr.values.iter().map(|value| value.clone().into()).collect()));
        id_token.set("acr", Value::Map(asked));
    }
    let mut all = Claims::empty();
    for (name, part) in [("userinfo", userinfo), ("id_token", id_token)] {
        if !part.is_empty() {
            all.set(name, Value::Map(part));
        }
    }
    serde_json::to_string(&all).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = r#"{"userinfo":{"name":{"essential":true},"nickname":null},"id_token":{"email":null,
        "sub":{"value":"6f1c"},"acr":{"essential":true,"values":["a","b"]},"auth_time":{"essential":true}},"other":1}"#;

    #[test]
    fn o13_names_and_the_values_of_sub_and_acr_are_read() {
        let read = read(ALL).unwrap();
        assert_eq!(read.asked.userinfo, ["name", "nickname"]);
        assert_eq!(read.asked.id_token, ["email", "auth_time"]);
        assert_eq!(read.asked.names().collect::<Vec<_>>(), ["name", "nickname", "email", "auth_time"]);
        assert_eq!(read.subject.as_deref(), Some("6f1c"));
        assert_eq!(read.acr, Some(AskedAcr { is_essential: true, values: vec!["a".into(), "b".into()] }));
    }

    #[test]
    fn o13_what_a_page_carries_on_asks_for_the_same() {
        for text in [ALL, r#"{"id_token":{"acr":null}}"#, r#"{"userinfo":{"a":null}}"#] {
            let asked = read(text).unwrap();
            assert_eq!(read(&written(&asked).unwrap()).unwrap(), asked);
        }
        assert_eq!(written(&read(r#"{"userinfo":{},"id_token":null}"#).unwrap()), None);
    }

    #[test]
    fn o13_what_is_no_request_of_claims_is_refused() {
        let many: Vec<_> = (0..65).map(|n| format!("\"c{n}\":null")).collect();
        let many = format!("{{\"userinfo\":{{{}}}}}", many.join(","));
        for text in
            ["", "[]", "null", "{", r#"{"userinfo":1}"#, r#"{"userinfo":{"a":true}}"#, r#"{"a":1,"a":2}"#, &many]
        {
            let error = read(text).unwrap_err();
            assert_eq!(error.kind.code(), "invalid_request", "{text}");
        }
    }
}
