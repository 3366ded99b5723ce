//! All clients or users of a mount in one call, in each of the forms.

use super::orders::MOUNTS;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::fmt::Write;
use testkit::gateway::Gateway;
use testkit::http::{self, Response};

fn put(gateway: &Gateway, path: &str, media: &str, body: &str) -> Result<Response> {
    let host = gateway.admin_address().to_string();
    let headers = [("Host", &*host), ("Content-Type", media)];
    http::exchange(gateway.admin_address(), &http::request("PUT", path, &headers, body.as_bytes()))
}

fn done(gateway: &Gateway, path: &str, media: &str, body: &str) -> Result<Value> {
    let answer = put(gateway, path, media, body)?;
    ensure!(answer.status == 200, "{path} {media}: {} {}", answer.status, answer.text());
    answer.json()
}

fn list(gateway: &Gateway, kind: &str) -> Result<Vec<Value>> {
    let page = gateway.admin().call("GET", &format!("/v1/mounts/brighthr/{kind}?limit=1000"), None)?;
    page["items"].as_array().cloned().context("no items")
}

fn ids(gateway: &Gateway, kind: &str, key: &str) -> Result<Vec<String>> {
    list(gateway, kind)?.iter().map(|one| one[key].as_str().map(str::to_owned).context("no id")).collect()
}

fn token(gateway: &Gateway, client: &str, secret: &str) -> Result<u16> {
    let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
    let headers = [("Host", "localhost"), ("Content-Type", "application/x-www-form-urlencoded")];
    let request = http::request("POST", "/brighthr/connect/token", &headers, form.as_bytes());
    Ok(http::exchange(gateway.public(), &request)?.status)
}

const CLIENTS: &str = "/v1/mounts/brighthr/clients";
const USERS: &str = "/v1/mounts/brighthr/users";

#[test]
fn each_form_is_the_whole_set_and_merging_leaves_the_others() -> Result<()> {
    let mut gateway = Gateway::start(&MOUNTS.replace("1/1h", "unlimited"))?;
    let forms = [
        (
            "application/json",
            r#"[{"id":"a","secret":"a-long-secret","scopes":["company:read","email"],"claims":{"x.y":"1, 2"}},
                {"id":"b","scopes":["openid"],"grants":["authorization_code"],"redirect_uris":["https://b.test/cb"],"trusted":true}]"#,
        ),
        (
            "application/x-ndjson",
            "{\"id\":\"a\",\"secret\":\"a-long-secret\",\"scopes\":[\"company:read\",\"email\"],\"claims\":{\"x.y\":\"1, 2\"}}\n\n\
             {\"id\":\"b\",\"scopes\":[\"openid\"],\"grants\":[\"authorization_code\"],\"redirect_uris\":[\"https://b.test/cb\"],\"trusted\":true}",
        ),
        (
            "text/csv; charset=utf-8",
            "\u{feff}id,secret,scopes,claims.x.y,grants,redirect_uris,trusted\r\n\
             a,a-long-secret,company:read email,\"1, 2\",,,\r\nb,,openid,,authorization_code,https://b.test/cb,true\r\n",
        ),
    ];
    let mut seen = Vec::new();
    for (media, body) in forms {
        done(&gateway, CLIENTS, "application/jsonl", r#"{"id":"old"}"#)?;
        let told = done(&gateway, CLIENTS, media, body)?;
        ensure!(told == json!({ "put": 2, "removed": 1 }), "{media}: {told}");
        ensure!(token(&gateway, "a", "a-long-secret")? == 200, "{media}");
        ensure!(token(&gateway, "web", "web-secret")? == 400, "{media}: one of the file is removed as well");
        seen.push(list(&gateway, "clients")?);
    }
    ensure!(seen[0] == seen[1] && seen[0] == seen[2], "{seen:?}");
    ensure!(seen[0][0]["claims"] == json!({ "x.y": "1, 2" }) && seen[0][1]["trusted"] == true, "{seen:?}");

    let more = done(&gateway, &format!("{CLIENTS}?merge=true"), "application/jsonl", r#"{"id":"b"}"#)?;
    ensure!(more == json!({ "put": 1, "removed": 0 }), "{more}");
    gateway.restart()?;
    ensure!(ids(&gateway, "clients", "id")? == ["a", "b"] && list(&gateway, "clients")?[1]["trusted"] == false, "kept");
    // What was read is put back as it is: the secret stays.
    let read = Value::from(list(&gateway, "clients")?).to_string();
    done(&gateway, CLIENTS, "application/json", &read)?;
    ensure!(token(&gateway, "a", "a-long-secret")? == 200, "the secret is gone");

    let users = "sub,username,password,claims.email\nu7,bob,bob-long-password,bob@client.test\nu8,,,\n";
    ensure!(done(&gateway, USERS, "text/csv", users)? == json!({ "put": 2, "removed": 1 }), "users");
    ensure!(list(&gateway, "users")?[0]["has_password"] == true, "{:?}", list(&gateway, "users")?);
    gateway.admin().reset()?;
    ensure!(ids(&gateway, "users", "sub")? == ["u1"] && ids(&gateway, "clients", "id")? == ["web"], "a reset");
    Ok(())
}

#[test]
fn what_does_not_fit_is_told_by_line_and_changes_nothing() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    let canary = "canary-7155-secret";
    let refused = [
        (
            CLIENTS,
            "application/jsonl",
            format!("{{\"id\":\"a\"}}\n{{\"id\":\"b\",\"trusted\":\"{canary}\"}}\nx"),
            "line 2: ",
            "line 3: ",
        ),
        (CLIENTS, "application/json", "[{\"id\":\"a\"},\n{\"id\":\"b\",\"nme\":1}]".to_owned(), "line 2", "`nme`"),
        (
            CLIENTS,
            "application/json",
            r#"[{"id":"a"},{"id":"a"},{"scopes":[]},{"id":"c","scopes":["no"]}]"#.to_owned(),
            "entry 2: ",
            "entry 3: ",
        ),
        (CLIENTS, "application/json", "{}".to_owned(), "array", ""),
        (CLIENTS, "text/csv", "id,scopes\na,email\nb,email,more\nc,nope".to_owned(), "line 3: ", "2 columns"),
        (CLIENTS, "text/csv", format!("id,secret,trusted\na,{canary},perhaps\n"), "line 2: ", "`trusted`"),
        (CLIENTS, "text/csv", "id,id\na,b".to_owned(), "line 1", "twice"),
        (CLIENTS, "text/csv", "sub\na".to_owned(), "line 1", "`id`"),
        (CLIENTS, "text/csv", "id,pasword\na,b".to_owned(), "line 2: ", "pasword"),
        (
            USERS,
            "application/jsonl",
            "{\"sub\":\"1\",\"username\":\"x\"}\n{\"sub\":\"2\",\"username\":\"x\"}".to_owned(),
            "line 2: ",
            "`1`",
        ),
        (
            &*format!("{USERS}?merge=true"),
            "application/jsonl",
            "{\"sub\":\"2\",\"username\":\"alice\"}".to_owned(),
            "line 1: ",
            "`u1`",
        ),
        (&*format!("{USERS}?merge="), "application/jsonl", "{\"sub\":\"2\"}".to_owned(), "merge", ""),
        (&*format!("{USERS}?merge=1"), "application/jsonl", "{\"sub\":\"2\"}".to_owned(), "merge", ""),
    ];
    for (path, media, body, one, other) in refused {
        let answer = put(&gateway, path, media, &body)?;
        let detail = answer.json()?["detail"].as_str().context("no detail")?.to_owned();
        ensure!(answer.status == 400 && detail.contains(one) && detail.contains(other), "{body}: {detail}");
        ensure!(!answer.text().contains("7155"), "a value is told: {detail}");
    }
    let unknown = put(&gateway, CLIENTS, "text/plain", "id\na")?;
    ensure!(unknown.status == 415 && unknown.text().contains("text/csv"), "{}", unknown.text());
    ensure!(
        ids(&gateway, "clients", "id")? == ["web"] && ids(&gateway, "users", "sub")? == ["u1"],
        "nothing is changed"
    );
    Ok(())
}

#[test]
fn a_large_set_is_put_while_others_are_served() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    let mut body = String::from("id,secret,scopes,grants\nweb,web-secret,company:read,client_credentials\n");
    for n in 0..20_000 {
        writeln!(body, "client-{n},secret-of-client-{n},company:read,client_credentials")?;
    }
    ensure!(body.len() > 1024 * 1024, "it is longer than any other body may be");
    std::thread::scope(|scope| {
        let large = scope.spawn(|| done(&gateway, CLIENTS, "text/csv", &body));
        let mut served = 0;
        while !large.is_finished() {
            let answer = gateway.admin().call("GET", "/v1/clock", None)?;
            ensure!(answer["offset"] == 0, "{answer}");
            served += 1;
        }
        let told = large.join().map_err(|_| anyhow::anyhow!("a panic"))??;
        ensure!(told == json!({ "put": 20_001, "removed": 0 }) && served > 1, "{told} {served}");
        Ok(())
    })?;
    ensure!(token(&gateway, "client-19999", "secret-of-client-19999")? == 200, "the last of them");
    Ok(())
}

fn get(gateway: &Gateway, path: &str, accept: &str) -> Result<Response> {
    let host = gateway.admin_address().to_string();
    let headers = [("Host", &*host), ("Accept", accept)];
    http::exchange(gateway.admin_address(), &http::request("GET", path, &headers, b""))
}

#[test]
fn what_is_listed_in_a_form_is_put_back_as_it_was() -> Result<()> {
    let gateway = Gateway::start(MOUNTS)?;
    let lines = "{\"id\":\"a\",\"secret\":\"a-long-secret\",\"scopes\":[\"company:read\",\"openid\"],\"rate_limit\":\"5/1m\"}\n\
                 {\"id\":\"b, \\\"quoted\\\"\",\"redirect_uris\":[\"https://client.test/cb\"],\"grants\":[\"authorization_code\"],\
                 \"scopes\":[\"openid\"],\"claims\":{\"text\":\"é, x\",\"odd\":\"a text\"}}\n\
                 {\"id\":\"c\",\"secret\":\"c-long-secret\",\"claims\":{\"odd\":[1,2.5,{\"z\":null}]}}\n";
    done(&gateway, CLIENTS, "application/x-ndjson", lines)?;
    let users = "{\"sub\":\"u7\",\"username\":\"seven\",\"password\":\"a-long-password\",\"disabled\":true,\"claims\":{\"email\":\"\"}}\n";
    done(&gateway, USERS, "application/x-ndjson", users)?;
    for (kind, path) in [("clients", CLIENTS), ("users", USERS)] {
        let before = list(&gateway, kind)?;
        for (query, accept, media) in [
            ("?format=csv", "*/*", "text/csv"),
            ("", "text/csv", "text/csv"),
            ("?format=jsonl", "text/csv", "application/jsonl"),
            ("", "application/x-ndjson;q=0.9, */*;q=0.1", "application/x-ndjson"),
        ] {
            let text = get(&gateway, &format!("{path}{query}"), accept)?;
            let found = text.header("content-type").unwrap_or_default().to_owned();
            ensure!(text.status == 200 && found == media, "{query} {accept}: {} {found}", text.status);
            let text = text.text();
            ensure!(!text.contains("a-long-"), "a secret is told: {text}");
            let put = done(&gateway, path, media, &text)?;
            ensure!(put == json!({ "put": before.len(), "removed": 0 }), "{kind} {media}: {put}");
            ensure!(list(&gateway, kind)? == before, "{kind} {media}:\n{text}");
        }
    }
    ensure!(token(&gateway, "a", "a-long-secret")? == 200, "secrets stay");
    let first = get(&gateway, &format!("{CLIENTS}?format=csv&limit=1"), "*/*")?.text();
    ensure!(first.starts_with("id,") && first.lines().count() == 2, "{first}");
    let after = get(&gateway, &format!("{CLIENTS}?format=jsonl&after=a"), "*/*")?.text();
    ensure!(after.lines().count() == 2 && after.starts_with('{'), "{after}");
    let refused = get(&gateway, &format!("{CLIENTS}?format=xml"), "*/*")?;
    ensure!(refused.status == 400 && refused.text().contains("json, jsonl and csv"), "{}", refused.text());
    ensure!(get(&gateway, CLIENTS, "text/html, */*")?.header("content-type") == Some("application/json"));
    Ok(())
}
