//! A user's own account: what is there, and what ends there.

use super::browser::{Browser, Form, form, forms};
use super::gateway;
use super::vendor::{EACH, Vendor};
use anyhow::{Context, Result, ensure};
use serde_json::json;

/// The forms of the account page that end a session.
fn sessions(vendor: &Vendor, browser: &mut Browser) -> Result<Vec<Form>> {
    let mut all = forms(&browser.get(vendor.account)?)?;
    all.retain(|form| form.value("do") == Some("end_session"));
    Ok(all)
}

#[test]
fn the_account_lists_sessions_and_ends_another() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        vendor.make_user(gateway, "7201", &json!({}))?;
        vendor.make_user(gateway, "7202", &json!({}))?;
        let mut phone = Browser::called(gateway.public(), "Phone<b>/1.0");
        let mut laptop = Browser::called(gateway.public(), "Laptop/2.0");
        let mut other = Browser::called(gateway.public(), "Other/3.0");
        vendor.sign_in(&mut phone, "7201")?;
        let its_session = sessions(vendor, &mut phone)?.remove(0).value("id").context("an id")?.to_owned();
        vendor.sign_in(&mut laptop, "7201")?;
        vendor.sign_in(&mut other, "7202")?;

        let page = laptop.get(vendor.account)?.text();
        ensure!(page.contains("Phone&#60;b&#62;/1.0") && page.contains("Laptop/2.0"), "{page}");
        ensure!(!page.contains("Other/3.0") && page.matches("This browser").count() == 1, "{page}");
        ensure!(sessions(vendor, &mut laptop)?.len() == 2 && sessions(vendor, &mut other)?.len() == 1);

        // Nobody ends another user's session, though its id were known.
        let own = sessions(vendor, &mut other)?.remove(0);
        ensure!(other.submit(&own.with("id", &its_session))?.status == 303);
        ensure!(vendor.is_signed_in(&mut phone)?, "{}: ended by another user", vendor.mount);

        let all = sessions(vendor, &mut laptop)?;
        let form = all.iter().find(|form| form.value("id") == Some(&its_session)).context("the phone's session")?;
        ensure!(laptop.submit(form)?.status == 303);
        ensure!(!vendor.is_signed_in(&mut phone)? && vendor.is_signed_in(&mut laptop)?, "{}", vendor.mount);
        ensure!(sessions(vendor, &mut laptop)?.len() == 1);
        ensure!(!laptop.get(vendor.account)?.text().contains("Phone"), "{}", vendor.mount);
    }
    Ok(())
}

#[test]
fn signing_out_ends_the_session_and_not_the_cookie_alone() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let mut browser = vendor.signed_in(gateway, vendor.user)?;
        let mut thief = Browser::new(gateway.public());
        thief.copy(&browser, "idp_session");
        ensure!(vendor.is_signed_in(&mut thief)?);
        let account = form(&browser.get(vendor.account)?, "csrf")?;
        browser.submit(&account.with("do", "sign_out"))?;
        ensure!(browser.cookie("idp_session").is_none() && !vendor.is_signed_in(&mut browser)?);
        ensure!(!vendor.is_signed_in(&mut thief)?, "{}: the session outlives its cookie", vendor.mount);
    }
    Ok(())
}
