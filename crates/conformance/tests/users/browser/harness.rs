//! The browser that the tests drive, on a page whose policy is as strict as the gateway's own.

use anyhow::Result;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use testkit::browser::Browser;

const POLICY: &str = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; style-src 'self'";

/// Serves one page to everybody.
fn serve(body: &'static str) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Security-Policy: {POLICY}\r\n\
                 Connection: close\r\nContent-Length: {length}\r\n\r\n"
            );
            // A browser that has gone away is no matter.
            let _ = stream.read(&mut [0; 8192]);
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    Ok(address)
}

#[test]
fn a_browser_sees_types_and_judges() -> Result<()> {
    let page = serve(
        "<!doctype html><html lang=en><meta name=viewport content='width=device-width'><title>A page</title>\
         <main><h1>Hello</h1><form action=/next><label>Name <input name=name value=old></label>\
         <input name=nameless><button>Go on</button></form><a href=/other>Elsewhere</a>\
         <script>document.title = 'changed'</script></main></html>",
    )?;
    let browser = Browser::start()?;
    browser.visit(&format!("http://{page}/"))?;
    assert_eq!(browser.text("h1")?, "Hello");
    assert!(browser.complaints()?.iter().any(|line| line.contains("Content Security Policy")), "the page's script");

    // The policy forbids the page's scripts and not the tests' own.
    let found = browser.axe()?;
    assert!(found.iter().any(|line| line.starts_with("label: ") && line.contains("nameless")), "{found:?}");

    browser.set_viewport(390, 844, true)?;
    assert_eq!(browser.execute("return [innerWidth, innerHeight]", Vec::new())?, serde_json::json!([390, 844]));
    browser.emulate_dark()?;
    let dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
    assert_eq!(browser.execute(dark, Vec::new())?, true);
    let folder = tempfile::tempdir()?;
    browser.screenshot(&folder.path().join("page.png"))?;
    assert!(std::fs::read(folder.path().join("page.png"))?.starts_with(b"\x89PNG"));

    browser.fill("[name=name]", "new")?;
    assert_eq!(browser.property("[name=name]", "value")?, "new");
    browser.press("Go on")?;
    assert_eq!(browser.url()?, format!("http://{page}/next?name=new&nameless="));
    browser.tab_to("[name=nameless]")?;
    browser.keys("typed")?;
    browser.enter()?;
    assert_eq!(browser.url()?, format!("http://{page}/next?name=old&nameless=typed"));
    browser.follow("a[href]")?;
    assert_eq!(browser.url()?, format!("http://{page}/other"));
    Ok(())
}
