//! A user agent without a screen: cookies by host and path, forms as they stand on a page, and no redirect followed unasked.

use crate::http::{self, Response};
use anyhow::{Context, Result, ensure};
use std::net::SocketAddr;

/// A user's browser with a cookie jar of its own.
#[derive(Clone, Debug)]
pub struct Agent {
    gateway: SocketAddr,
    product: String,
    cookies: Vec<Cookie>,
}

#[derive(Clone, Debug)]
struct Cookie {
    host: String,
    path: String,
    name: String,
    value: String,
}

/// A form as it stands on a page.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it goes.
    pub action: String,
    /// Its inputs that would be sent: hidden ones, texts, ticked boxes.
    pub fields: Vec<(String, String)>,
}

impl Agent {
    /// One that has seen nothing yet.
    pub fn new(gateway: SocketAddr) -> Self {
        Self { gateway, product: "Tests/1.0".to_owned(), cookies: Vec::new() }
    }

    /// The same, in other words of its own.
    pub fn called(gateway: SocketAddr, user_agent: &str) -> Self {
        Self { product: user_agent.to_owned(), ..Self::new(gateway) }
    }

    /// The gateway has another address now.
    pub fn is_at(&mut self, gateway: SocketAddr) {
        self.gateway = gateway;
    }

    /// GET of a path on `localhost`, or of the URL of a mount's host.
    pub fn get(&mut self, url: &str) -> Result<Response> {
        self.send("GET", url, &[], "")
    }

    /// GET with further headers.
    pub fn get_with(&mut self, url: &str, headers: &[(&str, &str)]) -> Result<Response> {
        self.send("GET", url, headers, "")
    }

    /// POST of a form.
    pub fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Result<Response> {
        let body = serde_urlencoded::to_string(fields)?;
        self.send("POST", url, &[("Content-Type", "application/x-www-form-urlencoded")], &body)
    }

    /// POST of a form's bytes with further headers.
    pub fn post_with(&mut self, url: &str, headers: &[(&str, &str)], body: &str) -> Result<Response> {
        let media = [("Content-Type", "application/x-www-form-urlencoded")];
        self.send("POST", url, &[&media, headers].concat(), body)
    }

    /// Sends a form of a page.
    pub fn submit(&mut self, form: &Form) -> Result<Response> {
        self.submit_with(form, &[])
    }

    /// The same with further headers.
    pub fn submit_with(&mut self, form: &Form, headers: &[(&str, &str)]) -> Result<Response> {
        self.post_with(&form.action, headers, &serde_urlencoded::to_string(&form.fields)?)
    }

    /// Follows the redirects of the gateway until a page comes or a client is told.
    pub fn follow(&mut self, mut response: Response) -> Result<Response> {
        for _ in 0..10 {
            let Some(to) = response.header("location").filter(|to| !to.starts_with("https://client.test")) else {
                return Ok(response);
            };
            response = self.get(to)?;
        }
        anyhow::bail!("ten redirects and no end: {:?}", response.header("location"))
    }

    /// The value of the first cookie whose name begins so.
    pub fn cookie(&self, prefix: &str) -> Option<&str> {
        self.cookies.iter().find(|cookie| cookie.name.starts_with(prefix)).map(|cookie| cookie.value.as_str())
    }

    /// Sets a cookie as another site of the domain could.
    pub fn plant(&mut self, name: &str, value: &str) {
        self.keep(&format!("{name}={value}; Path=/"), "localhost");
    }

    /// Takes over the cookies of another browser whose names begin so.
    pub fn copy(&mut self, other: &Self, prefix: &str) {
        self.cookies.extend(other.cookies.iter().filter(|cookie| cookie.name.starts_with(prefix)).cloned());
    }

    /// Forgets the cookies whose names begin so.
    pub fn forget(&mut self, prefix: &str) {
        self.cookies.retain(|cookie| !cookie.name.starts_with(prefix));
    }

    /// The bytes that it would send.
    pub fn request(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Result<Vec<u8>> {
        let (host, target) = parts_of(url)?;
        let path = target.split('?').next().unwrap_or_default();
        let sent = |cookie: &&Cookie| {
            let below = path.strip_prefix(&cookie.path);
            let at = below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || cookie.path.ends_with('/'));
            cookie.host == host && at
        };
        let cookies: Vec<_> = self.cookies.iter().filter(sent).map(|c| format!("{}={}", c.name, c.value)).collect();
        let cookies = cookies.join("; ");
        let mut all = vec![("Host", host), ("User-Agent", &self.product)];
        if !cookies.is_empty() {
            all.push(("Cookie", &cookies));
        }
        all.extend(headers);
        Ok(http::request(method, target, &all, body.as_bytes()))
    }

    fn send(&mut self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Result<Response> {
        let response = http::exchange(self.gateway, &self.request(method, url, headers, body)?)?;
        let (host, _) = parts_of(url)?;
        for line in response.headers_named("set-cookie") {
            self.keep(line, host);
        }
        Ok(response)
    }

    fn keep(&mut self, line: &str, host: &str) {
        let mut parts = line.split("; ");
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).unwrap_or_default();
        let attributes: Vec<_> = parts.collect();
        let path = attributes.iter().find_map(|part| part.strip_prefix("Path=")).unwrap_or("/");
        self.cookies.retain(|known| (&*known.host, &*known.path, &*known.name) != (host, path, name));
        if !attributes.contains(&"Max-Age=0") {
            let [host, path, name, value] = [host, path, name, value].map(str::to_owned);
            self.cookies.push(Cookie { host, path, name, value });
        }
    }
}

/// The host and the target of a URL.
fn parts_of(url: &str) -> Result<(&str, &str)> {
    Ok(match url.split_once("://") {
        Some((_, rest)) => rest.split_at(rest.find('/').context("a URL without a path")?),
        None => ("localhost", url),
    })
}

impl Form {
    /// The field's values, then this one instead.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same form, sent elsewhere.
    pub fn sent_to(self, action: &str) -> Self {
        Self { action: action.to_owned(), ..self }
    }

    /// The form without that field.
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    /// The form without that box ticked.
    pub fn unticked(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, has)| (known.as_str(), has.as_str()) != (name, value));
        self
    }

    /// The field's value.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The forms of a page. The gateway writes its pages in one way, and this reads that way: attributes in double quotes.
pub fn forms(page: &Response) -> Result<Vec<Form>> {
    ensure!(page.header("content-type") == Some("text/html; charset=utf-8"), "{} {}", page.status, page.text());
    let html = page.text();
    let forms = html.split("<form ").skip(1).map(|rest| rest.split("</form>").next().unwrap_or_default());
    forms
        .map(|form| {
            let action = attribute(form, "action").context("a form without an action")?;
            let inputs = form.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
            let sent = inputs.filter(|tag| !tag.contains("type=\"checkbox\"") || tag.contains(" checked"));
            let named =
                sent.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())));
            Ok(Form { action, fields: named.collect() })
        })
        .collect()
}

/// The form of a page that has a field of that name, the last of them.
pub fn form(page: &Response, field: &str) -> Result<Form> {
    let forms = forms(page)?;
    let found = forms.into_iter().rev().find(|form| form.value(field).is_some());
    found.with_context(|| format!("no form with `{field}` in {}", page.text()))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
    let value = &tag[start..start + tag[start..].find('"')?];
    let escapes = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    Some(escapes.iter().fold(value.to_owned(), |text, (escape, plain)| text.replace(escape, plain)))
}
