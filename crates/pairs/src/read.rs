//! Reads files of pairs.

use super::{Expected, Given, JwtExpectation, Pair, Request};
use anyhow::{Context, Result, bail, ensure};

/// Reads a file of pairs.
pub fn parse(text: &str) -> Result<Vec<Pair>> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut rest = text.strip_prefix("### ").context("the file does not begin with `### `")?;
    loop {
        let Some((block, tail)) = rest.split_once("\n### ") else {
            ensure!(rest.trim_end() == "END", "the file does not end with `### END`");
            return Ok(pairs);
        };
        let first = block.lines().next().unwrap_or_default();
        let line = text[..text.len() - rest.len()].matches('\n').count() + 1;
        let pair = parse_pair(block).with_context(|| format!("line {line}: pair `{first}`"))?;
        let pair = Pair { line, ..pair };
        ensure!(pairs.iter().all(|known| known.id != pair.id), "pair {} is there twice", pair.id);
        pairs.push(pair);
        rest = tail;
    }
}

fn parse_pair(block: &str) -> Result<Pair> {
    let (title_line, mut rest) = block.split_once('\n').context("nothing after the title")?;
    let (id, title) = title_line.split_once(" | ").context("the title line has no ` | `")?;
    let (mut mark, mut givens, mut jwts) = (None, Vec::new(), Vec::new());
    while let Some(comment) = rest.strip_prefix("# ") {
        let (line, tail) = comment.split_once('\n').context("nothing after the comments")?;
        rest = tail;
        match line.split_once(": ") {
            Some(("mark", text)) => mark = Some(text.to_owned()),
            Some(("given", text)) => givens.push(parse_given(text).with_context(|| format!("given `{text}`"))?),
            Some(("jwt", text)) => jwts.push(parse_jwt(text).with_context(|| format!("jwt `{text}`"))?),
            _ => bail!("comment `{line}` is none of mark, given, jwt"),
        }
    }
    let (request, response) = rest.split_once("\n<<<\n").context("no `<<<` between request and response")?;
    Ok(Pair {
        line: 0,
        id: id.to_owned(),
        title: title.to_owned(),
        mark: mark.context("no `# mark:`")?,
        givens,
        jwts,
        request: parse_request(request)?,
        response: parse_response(response)?,
    })
}

type Headers = Vec<(String, String)>;

/// First line, headers and body. The line break before the next mark is not part of the body.
fn split_message(message: &str) -> Result<(&str, Headers, &str)> {
    let (head, body) = message.split_once("\n\n").with_context(|| format!("no blank line after {message:?}"))?;
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    let headers = lines
        .map(|line| {
            let (name, value) = line.split_once(": ").with_context(|| format!("header line {line:?}"))?;
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect::<Result<_>>()?;
    Ok((first, headers, body))
}

fn parse_request(message: &str) -> Result<Request> {
    // The break before `<<<` has been taken off with the mark itself; a request without body ends in its blank line.
    let whole = format!("{message}\n");
    let (first, headers, body) = split_message(&whole)?;
    let mut words = first.split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1"), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        bail!("request line {first:?}");
    };
    let body = body.strip_suffix('\n').unwrap_or(body).to_owned();
    Ok(Request { method: method.to_owned(), target: target.to_owned(), headers, body })
}

fn parse_response(message: &str) -> Result<Expected> {
    let whole = format!("{message}\n");
    let (first, headers, body) = split_message(&whole)?;
    let rest = first.strip_prefix("HTTP/1.1 ").with_context(|| format!("status line {first:?}"))?;
    let (status, reason) = rest.split_once(' ').with_context(|| format!("status line {first:?}"))?;
    let body = body.strip_suffix('\n').unwrap_or(body).to_owned();
    Ok(Expected { status: status.parse()?, reason: reason.to_owned(), headers, body })
}

fn parse_given(text: &str) -> Result<Given> {
    if text == "fault=500" {
        return Ok(Given::Fault);
    }
    if let Some((count, client)) = text.split_once(" successes of ") {
        return Ok(Given::Successes { count: count.parse()?, client: client.to_owned() });
    }
    if let Some(seconds) = text.strip_prefix("advance clock ").and_then(|rest| rest.strip_suffix(" s")) {
        return Ok(Given::Advance(seconds.parse()?));
    }
    if let Some((name, value)) = text.strip_prefix("setting ").and_then(|rest| rest.split_once('=')) {
        return Ok(Given::Setting { name: name.to_owned(), value: serde_json::from_str(value)? });
    }
    if let Some(rest) = text.strip_prefix("assertion=signed by ") {
        let forged = rest.strip_prefix("another key than that of ");
        let (client, claims) = forged.unwrap_or(rest).split_once(' ').context("no claims")?;
        let claims = serde_json::from_str(claims)?;
        return Ok(Given::Assertion { client: client.to_owned(), is_forged: forged.is_some(), claims });
    }
    let (code, spent) = text.strip_suffix(", already redeemed").map_or((text, false), |code| (code, true));
    if code == "code=fresh" {
        return Ok(Given::Code { user: None, scope: None, spent });
    }
    if let Some(terms) = code.strip_prefix("code=minted by the admin API for ") {
        let (user, scope) = terms.split_once(", scope ").context("no `, scope `")?;
        return Ok(Given::Code { user: Some(user.to_owned()), scope: Some(scope.to_owned()), spent });
    }
    if let Some((name, source)) = text.split_once("=from ") {
        let known = ["token", "code", "refresh", "device_code"];
        ensure!(known.contains(&name), "`{name}` is none of {}", known.join(", "));
        let (pair, after) = source.split_once(", ").unwrap_or((source, ""));
        ensure!(
            matches!(after, "" | "already redeemed" | "already used" | "already polled"),
            "`{after}` is not understood"
        );
        return Ok(Given::From { name: name.to_owned(), pair: pair.to_owned(), spent: !after.is_empty() });
    }
    bail!("not understood")
}

fn parse_jwt(text: &str) -> Result<JwtExpectation> {
    let (name, mut rest) = match text.split_once(' ') {
        Some((name, rest)) if !name.contains('=') => (name, rest),
        _ => ("access_token", text),
    };
    let placeholder = match name {
        "access_token" => "jwt",
        "id_token" => "jwt_id",
        "refresh_token" => "jwt_refresh",
        other => bail!("`{other}` is no token"),
    };
    let mut header = None;
    if let Some(tail) = rest.strip_prefix("header=") {
        let (text, after) = tail.split_once(" payload").map_or((tail, ""), |(text, _)| (text, &tail[text.len() + 1..]));
        header = Some(text.to_owned());
        rest = after;
    }
    let (payload, subset) = match (rest.strip_prefix("payload~="), rest.strip_prefix("payload=")) {
        (Some(text), _) => (Some(text.to_owned()), true),
        (None, Some(text)) => (Some(text.to_owned()), false),
        (None, None) if rest.is_empty() && header.is_some() => (None, false),
        (None, None) => bail!("neither header nor payload"),
    };
    Ok(JwtExpectation { placeholder, header, payload, subset })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"### A-1 | with everything
# mark: D0
# given: 99 successes of c
# given: advance clock 3601 s
# given: refresh=from A-0, already used
# jwt: id_token header={"alg":"HS256"} payload={"scp":"a b","exp":{{now+1}}}
POST /p?q=1 HTTP/1.1
Host: h
Content-Type: t

a=b
<<<
HTTP/1.1 200 OK
Allow: GET, POST

{"a":"{{jwt}}"}
### A-2 | with no bodies
# mark: I-G
GET /p HTTP/1.1
Host: h


<<<
HTTP/1.1 401 Unauthorized


### END
"#;

    #[test]
    fn reads_every_part_of_a_pair() {
        let pairs = parse(FILE).unwrap();
        let [first, second] = &pairs[..] else { panic!("{pairs:?}") };
        assert_eq!((first.id.as_str(), first.title.as_str(), first.mark.as_str()), ("A-1", "with everything", "D0"));
        assert_eq!(
            first.givens,
            [
                Given::Successes { count: 99, client: "c".into() },
                Given::Advance(3601),
                Given::From { name: "refresh".into(), pair: "A-0".into(), spent: true },
            ]
        );
        assert_eq!(first.jwts[0].placeholder, "jwt_id");
        assert_eq!(first.jwts[0].header.as_deref(), Some(r#"{"alg":"HS256"}"#));
        assert_eq!(first.jwts[0].payload.as_deref(), Some(r#"{"scp":"a b","exp":{{now+1}}}"#));
        assert_eq!((first.request.target.as_str(), first.request.body.as_str()), ("/p?q=1", "a=b"));
        assert_eq!(first.request.header("content-type"), Some("t"));
        assert_eq!(first.response.headers, [("Allow".to_owned(), "GET, POST".to_owned())]);
        assert_eq!(first.response.body, r#"{"a":"{{jwt}}"}"#);
        assert_eq!((second.request.method.as_str(), second.request.body.as_str()), ("GET", ""));
        assert_eq!((second.response.status, second.response.reason.as_str()), (401, "Unauthorized"));
        assert!(second.response.body.is_empty() && second.response.headers.is_empty());
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for (from, to) in [
            ("### END\n", ""),
            ("# mark: D0", "# note: D0"),
            ("# mark: D0\n", ""),
            ("advance clock 3601 s", "advance clock 3601"),
            ("already used", "already gone"),
            ("<<<\nHTTP/1.1 200 OK", "HTTP/1.1 200 OK"),
            ("A-2 |", "A-1 |"),
            ("id_token header=", "other_token header="),
            ("GET /p HTTP/1.1", "GET /p"),
        ] {
            assert!(FILE.contains(from));
            assert!(parse(&FILE.replace(from, to)).is_err(), "{from} -> {to}");
        }
    }

    #[test]
    fn a_code_may_have_been_redeemed() {
        let code = |text: &str| match parse_given(text).unwrap() {
            Given::Code { user, scope, spent } => (user, scope, spent),
            other => panic!("{other:?}"),
        };
        assert_eq!(code("code=fresh"), (None, None, false));
        assert_eq!(code("code=fresh, already redeemed"), (None, None, true));
        let minted = code("code=minted by the admin API for alice, scope a b, already redeemed");
        assert_eq!(minted, (Some("alice".to_owned()), Some("a b".to_owned()), true));
    }

    #[test]
    fn a_jwt_line_may_name_a_part_of_the_token() {
        let only = |text: &str| parse_jwt(text).unwrap();
        assert_eq!(only(r#"header={"a":1}"#).payload, None);
        let subset = only(r#"payload~={"a":1}"#);
        assert!(subset.subset && subset.header.is_none() && subset.placeholder == "jwt");
        assert!(parse_jwt("access_token").is_err() && parse_jwt("access_token x=1").is_err());
    }
}
