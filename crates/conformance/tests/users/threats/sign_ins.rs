//! Many sign-ins at once: who waits for whom, and what counts.

use super::browser::{Browser, Form, form};
use super::vendor::{BRIGHTHR, Vendor};
use super::{alone, config, gateway, prepare};
use anyhow::{Context, Result, anyhow, ensure};
use serde_json::json;
use std::thread;
use testkit::gateway::Gateway;
use testkit::http::Response;

const RIGHT: &str = "correct horse battery staple";

fn login(vendor: &Vendor, browser: &mut Browser, name: &str, password: &str) -> Result<Form> {
    let page = vendor.go(browser, &[("prompt", "login")])?;
    Ok(form(&page, "csrf")?.with("username", name).with("password", password))
}

/// Sends each form in its browser, all at once, with that address in front.
fn at_once(forms: Vec<(Browser, Form, String)>) -> Result<Vec<Response>> {
    let send = |(mut browser, form, address): (Browser, Form, String)| {
        thread::spawn(move || browser.submit_with(&form, &[("X-Forwarded-For", &address)]))
    };
    let threads: Vec<_> = forms.into_iter().map(send).collect();
    threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a sender has panicked"))?).collect()
}

/// A gateway that believes these tests where they come from.
fn trusting() -> Result<Gateway> {
    let mut text: toml::Table = toml::from_str(&config()?.to_toml()?)?;
    let server = text.get_mut("server").and_then(toml::Value::as_table_mut).context("a section")?;
    server.insert("trusted_proxies".to_owned(), vec!["127.0.0.1"].into());
    let gateway = Gateway::start(&toml::to_string(&text)?)?;
    prepare(&gateway)?;
    Ok(gateway)
}

#[test]
fn n11_right_passwords_side_by_side_all_sign_in() -> Result<()> {
    let (vendor, gateway) = (&BRIGHTHR, gateway()?);
    vendor.make_user(gateway, "1101", &json!({"username": "many-tabs", "password": RIGHT}))?;
    let mut browser = Browser::new(gateway.public());
    let mut forms = Vec::new();
    for _ in 0..6 {
        let form = login(vendor, &mut browser, "many-tabs", RIGHT)?;
        forms.push((browser.clone(), form, String::new()));
    }
    for response in at_once(forms)? {
        ensure!(response.status == 303, "{} {}", response.status, response.text());
    }
    Ok(())
}

#[test]
fn n11_wrong_passwords_side_by_side_do_not_slip_past_the_count() -> Result<()> {
    let (vendor, gateway) = (&BRIGHTHR, gateway()?);
    vendor.make_user(gateway, "1102", &json!({"username": "guessed", "password": RIGHT}))?;
    let mut browser = Browser::new(gateway.public());
    let mut forms = Vec::new();
    for guess in 0..8 {
        let form = login(vendor, &mut browser, "guessed", &format!("guess {guess}"))?;
        forms.push((browser.clone(), form, String::new()));
    }
    let mut statuses: Vec<_> = at_once(forms)?.iter().map(|response| response.status).collect();
    statuses.sort_unstable();
    ensure!(statuses == [401, 401, 401, 401, 401, 429, 429, 429], "{statuses:?}");
    Ok(())
}

#[test]
fn n12_a_flood_from_one_address_is_held_up_and_the_owner_is_not() -> Result<()> {
    let (vendor, gateway) = (&BRIGHTHR, trusting()?);
    vendor.make_user(&gateway, "1201", &json!({"username": "owner", "password": RIGHT}))?;
    let mut own = Browser::new(gateway.public());
    let first = login(vendor, &mut own, "owner", RIGHT)?;
    ensure!(own.submit(&first)?.status == 303);
    own.forget("idp_session");

    let mut stranger = Browser::new(gateway.public());
    let form = login(vendor, &mut stranger, "nobody", "guess")?;
    let mut forms: Vec<_> = (0..200)
        .map(|n| (stranger.clone(), form.clone().with("username", &format!("nobody {n}")), "203.0.113.9".to_owned()))
        .collect();
    // In the browser that has signed in before, though from the flood's address; and in a new one from elsewhere.
    let owners = forms.len();
    let again = login(vendor, &mut own, "owner", RIGHT)?;
    forms.push((own, again, "203.0.113.9".to_owned()));
    let mut new = Browser::new(gateway.public());
    let elsewhere = login(vendor, &mut new, "owner", RIGHT)?;
    forms.push((new, elsewhere, "203.0.113.10".to_owned()));

    let responses = at_once(forms)?;
    for response in &responses[owners..] {
        ensure!(response.status == 303, "the owner: {} {}", response.status, response.text());
    }
    let flood = &responses[..owners];
    let tried = flood.iter().filter(|response| response.status == 401).count();
    ensure!((1..=100).contains(&tried), "{tried} passwords were tried");
    for response in flood.iter().filter(|response| response.status != 401) {
        let wait = response.header("retry-after").and_then(|wait| wait.parse::<u32>().ok());
        ensure!(response.status == 429 && wait.is_some_and(|wait| wait > 0), "{}", response.status);
    }
    Ok(())
}

#[test]
fn n12_names_that_are_new_each_time_are_counted_together() -> Result<()> {
    let (vendor, gateway) = (&BRIGHTHR, trusting()?);
    gateway.admin().patch_settings(vendor.mount, &json!({"sign_in_failures": 1}))?;
    let mut browser = Browser::new(gateway.public());
    let form = login(vendor, &mut browser, "nobody", "guess")?;
    // Of one network of 64 bits any address is as good as another.
    let mut guess = |name: &str, address: &str| -> Result<u16> {
        let form = form.clone().with("username", name);
        Ok(browser.submit_with(&form, &[("X-Forwarded-For", address)])?.status)
    };
    for n in 0..20 {
        let status = guess(&format!("invented {n}"), &format!("2001:db8:0:1::{n:x}"))?;
        ensure!(status == 401, "{n}: {status}");
    }
    ensure!(guess("invented 20", "2001:db8:0:1::ffff")? == 429);
    ensure!(guess("invented 20", "2001:db8:0:2::1")? == 401, "another network");
    Ok(())
}

#[test]
fn n13_a_frozen_clock_does_not_freeze_the_back_off_and_a_setting_ends_it() -> Result<()> {
    let (vendor, gateway) = (&BRIGHTHR, alone()?);
    vendor.make_user(&gateway, "1301", &json!({"username": "frozen", "password": RIGHT}))?;
    // A new browser each time: one that has signed in counts apart.
    let attempt = |password: &str| -> Result<Response> {
        let mut browser = Browser::new(gateway.public());
        let form = login(vendor, &mut browser, "frozen", password)?;
        browser.submit(&form)
    };
    gateway.admin().freeze_clock(1_800_000_000)?;
    for _ in 0..5 {
        ensure!(attempt("wrong")?.status == 401);
    }
    // A clock that is set on a year helps nobody either: real time counts.
    gateway.admin().freeze_clock(1_831_536_000)?;
    let told = attempt("wrong")?;
    let wait: i64 = told.header("retry-after").context("a wait")?.parse()?;
    ensure!(told.status == 429 && (1..=60).contains(&wait), "{} {wait}", told.status);
    gateway.admin().patch_settings(vendor.mount, &json!({"sign_in_failures": 0}))?;
    for _ in 0..7 {
        ensure!(attempt("wrong")?.status == 401);
    }
    ensure!(attempt(RIGHT)?.status == 303);
    gateway.admin().patch_settings(vendor.mount, &json!({"sign_in_failures": null}))?;
    ensure!(attempt("wrong")?.status == 429, "what failed before counts again");
    Ok(())
}
