//! Every page in its states, with what is likely and with what is hard to lay out.

use pages::{
    Account, AppRow, Consent, Device, DeviceAsk, DeviceError, DeviceStep, ErrorPage, Fact, Frame, Login, LoginError,
    Logout, LogoutStep, NewToken, PatError, PatForm, PatRow, PatScope, Pats, Person, Scope, ScopeChoice, SessionRow,
    Signed,
};

/// A mount's colour: a light one, so that the ink on it is black.
pub(crate) const COLOR: &str = "#ffb81c";

/// A mount's image.
pub(crate) const LOGO: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"64\" height=\"64\">\
    <rect width=\"64\" height=\"64\" rx=\"14\" fill=\"#ffb81c\"/><circle cx=\"32\" cy=\"32\" r=\"14\" fill=\"#222\"/></svg>\n";

/// 25 November 2026, 09:07 UTC.
const NOW: i64 = 1_795_597_620;
const DAY: i64 = 86_400;

const LONG_NAME: &str = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh von und zu Hohenlohe-Waldenburg";
const LONG_AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0 AVeryLongUnbrokenProductTokenThatNeverEnds_0123456789_0123456789_01";
const LONG_SCOPE: &str = "employee_absence_and_overtime:read_write";
const RTL_NAME: &str = "ليلى الحسيني";

/// Every state by name, as a page.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    [login_states(), consent_states(), device_states(), account_states(), other_states()].concat()
}

fn frame() -> Frame<'static> {
    Frame { brand: "BrightHR sandbox", logo: None, stylesheet: "pages.css".into(), theme: None, user: None }
}

fn branded() -> Frame<'static> {
    Frame { brand: "Northwind People", logo: Some("logo.svg"), theme: Some("theme.css".into()), ..frame() }
}

fn signed(frame: &Frame<'static>, name: &'static str) -> Frame<'static> {
    let user = Signed { name, account_url: Some("account.html"), logout_url: Some("logout-ask.html") };
    Frame { user: Some(user), ..frame.clone() }
}

fn alice() -> Person<'static> {
    Person { sub: "6f1c2e0a-93b7-4d0e-8a55-1f2d3c4b5a69", name: "Alice Adams", username: "alice" }
}

fn people() -> Vec<Person<'static>> {
    let bob = Person { sub: "2", name: "bob", username: "bob" };
    let leila = Person { sub: "3", name: RTL_NAME, username: "leila" };
    let long =
        Person { sub: "4", name: LONG_NAME, username: "a.long.user.name.without.any.end@subsidiary.example.com" };
    vec![alice(), bob, leila, long]
}

fn login_states() -> Vec<(&'static str, String)> {
    let plain = Login {
        frame: frame(),
        client: Some("Rota Planner"),
        action: "login",
        csrf: "the-csrf-token",
        username: None,
        error: None,
        current: None,
        people: Vec::new(),
    };
    let wrong = Login { username: Some("alice"), error: Some(LoginError::Wrong), ..plain.clone() };
    let wait = Login { error: Some(LoginError::Wait { seconds: 42 }), ..wrong.clone() };
    let current = Login { frame: branded(), current: Some(alice()), ..plain.clone() };
    let picker = Login { frame: branded(), client: None, people: people(), ..plain.clone() };
    let everything = Login {
        frame: Frame { brand: LONG_NAME, ..branded() },
        client: Some(LONG_NAME),
        username: Some(LONG_NAME),
        error: Some(LoginError::Wait { seconds: 900 }),
        current: people().pop(),
        people: people(),
        ..plain.clone()
    };
    [
        ("login", plain),
        ("login-wrong", wrong),
        ("login-wait", wait),
        ("login-current", current),
        ("login-picker", picker),
        ("login-everything", everything),
    ]
    .map(|(name, page)| (name, pages::login(&page)))
    .into()
}

fn scope(name: &'static str, title: &'static str) -> Scope<'static> {
    Scope { name, title: Some(title) }
}

fn fact(label: &'static str, value: &'static str) -> Fact<'static> {
    Fact { label, value: value.into() }
}

fn choice(scope: Scope<'static>, facts: Vec<Fact<'static>>) -> ScopeChoice<'static> {
    ScopeChoice { scope, facts, required: false, checked: true }
}

fn consent_states() -> Vec<(&'static str, String)> {
    let profile = vec![
        fact("Given name", "Alice"),
        fact("Family name", "Adams"),
        fact("Job title", "Head of People Operations"),
        fact("Time zone", "Europe/London"),
    ];
    let openid = choice(scope("openid", "know who you are"), vec![fact("Identifier", alice().sub)]);
    let plain = Consent {
        frame: signed(&frame(), "Alice Adams"),
        client: "Rota Planner",
        host: "rota.client.test",
        user: alice(),
        other_account_url: Some("login.html"),
        action: "consent",
        csrf: "the-csrf-token",
        scopes: vec![
            ScopeChoice { required: true, ..openid },
            choice(scope("profile", "see your name, job title and picture"), profile),
            choice(scope("email", "see your email address"), vec![fact("Email", "alice.adams@example.com")]),
            choice(scope("employee:read", "read the records of employees"), Vec::new()),
            ScopeChoice {
                checked: false,
                ..choice(scope("offline_access", "act for you while you are away"), Vec::new())
            },
        ],
        remember: true,
    };
    let long = Consent {
        frame: signed(&branded(), LONG_NAME),
        client: LONG_NAME,
        host: "a-very-long-subdomain-of-a-client.with-many-labels.and-more-labels.client.example.test:8443",
        user: people().remove(3),
        other_account_url: Some("login.html"),
        scopes: vec![
            choice(Scope { name: LONG_SCOPE, title: None }, Vec::new()),
            choice(scope("profile", "see your name"), vec![fact("Name", RTL_NAME), fact("Picture", LONG_AGENT)]),
        ],
        remember: false,
        ..plain.clone()
    };
    vec![("consent", pages::consent(&plain)), ("consent-long", pages::consent(&long))]
}

fn device_states() -> Vec<(&'static str, String)> {
    let enter = |code, error| DeviceStep::Enter { action: "device", csrf: "the-csrf-token", code, error };
    let ask = DeviceAsk {
        client: "Living-room TV",
        code: "BCDF-GHJK",
        user: alice(),
        action: "device",
        csrf: "the-csrf-token",
        scopes: vec![
            ScopeChoice { required: true, ..choice(scope("openid", "know who you are"), Vec::new()) },
            choice(scope("email", "see your email address"), vec![fact("Email", "alice.adams@example.com")]),
        ],
    };
    let long = DeviceAsk { client: LONG_NAME, user: people().remove(3), ..ask.clone() };
    let plain = |step| Device { frame: frame(), step };
    let own = |step| Device { frame: signed(&branded(), LONG_NAME), step };
    [
        ("device-enter", plain(enter("", None))),
        ("device-unknown", plain(enter("BCDF-GHJK", Some(DeviceError::Unknown)))),
        ("device-wait", plain(enter("BCDF-GHJK", Some(DeviceError::Wait { seconds: 42 })))),
        ("device-ask", own(DeviceStep::Ask(Box::new(ask)))),
        ("device-ask-long", own(DeviceStep::Ask(Box::new(long)))),
        ("device-allowed", plain(DeviceStep::Done { client: "Living-room TV", allowed: true })),
        ("device-denied", plain(DeviceStep::Done { client: LONG_NAME, allowed: false })),
    ]
    .map(|(name, page)| (name, pages::device(&page)))
    .into()
}

fn sessions() -> Vec<SessionRow<'static>> {
    let row = |id, agent, signed_in_at, this_browser| SessionRow {
        id,
        agent,
        signed_in_at,
        ends_at: signed_in_at + DAY,
        this_browser,
    };
    vec![
        row("0F1E2D3C4B5A69788796A5B4C3D2E1F0", "Firefox on Linux", NOW, true),
        row("A1E2D3C4B5A69788796A5B4C3D2E1F00", "Safari on iPhone", NOW - 7_000, false),
        row("B1E2D3C4B5A69788796A5B4C3D2E1F00", LONG_AGENT, NOW - 70_000, false),
    ]
}

fn apps() -> Vec<AppRow<'static>> {
    let read = scope("employee:read", "read the records of employees");
    let own = Scope { name: LONG_SCOPE, title: None };
    vec![
        AppRow {
            id: "rota",
            name: "Rota Planner",
            scopes: vec![scope("openid", "know who you are"), read.clone()],
            since: NOW - 30 * DAY,
            remembered: true,
            offline: true,
        },
        AppRow { id: "x", name: LONG_NAME, scopes: vec![own], since: NOW, remembered: false, offline: false },
    ]
}

fn pat_form() -> PatForm<'static> {
    let read = PatScope { scope: scope("employee:read", "read the records of employees"), checked: false };
    let write = PatScope { scope: scope("employee:write", "change the records of employees"), checked: true };
    let own = PatScope { scope: Scope { name: LONG_SCOPE, title: None }, checked: false };
    PatForm { name: "", max_name: 80, scopes: vec![read, write, own], days: "90", max_days: 365, error: None }
}

fn pats() -> Pats<'static> {
    let scopes = vec![scope("employee:read", "read the records of employees")];
    let nightly = PatRow {
        id: "0123456789abcdef",
        name: "Nightly export",
        scopes,
        made_at: NOW - 10 * DAY,
        expires_at: NOW + 80 * DAY,
        last_used: Some(NOW - 600),
        expired: false,
    };
    let old = PatRow {
        id: "1123456789abcdef",
        name: LONG_NAME,
        scopes: vec![Scope { name: LONG_SCOPE, title: None }],
        expires_at: NOW - 100,
        last_used: None,
        expired: true,
        ..nightly.clone()
    };
    Pats { rows: vec![nightly, old], new_token: None, form: pat_form() }
}

fn account_states() -> Vec<(&'static str, String)> {
    let full = Account {
        frame: signed(&frame(), "Alice Adams"),
        user: alice(),
        action: "account",
        csrf: "the-csrf-token",
        sessions: sessions(),
        apps: apps(),
        pats: Some(pats()),
    };
    let empty = Account {
        frame: signed(&branded(), LONG_NAME),
        user: people().remove(3),
        sessions: sessions().into_iter().take(1).collect(),
        apps: Vec::new(),
        pats: None,
        ..full.clone()
    };
    let token = "bhr_pat_3q2-7wAAAAD_zMzMqqqqu7u7zMzM3d3d7u7u_____w0";
    let fresh = Pats { new_token: Some(NewToken { name: "Nightly export", token }), ..pats() };
    let refused = |error| {
        let form = PatForm { name: LONG_NAME, days: "9000", error: Some(error), ..pat_form() };
        Account { pats: Some(Pats { rows: Vec::new(), new_token: None, form }), ..full.clone() }
    };
    [
        ("account", full.clone()),
        ("account-empty", empty),
        ("account-new-token", Account { pats: Some(fresh), ..full.clone() }),
        ("account-refused-name", refused(PatError::Name)),
        ("account-refused-scopes", refused(PatError::Scopes)),
        ("account-refused-days", refused(PatError::Days)),
        ("account-refused-many", refused(PatError::TooMany)),
    ]
    .map(|(name, page)| (name, pages::account(&page)))
    .into()
}

fn other_states() -> Vec<(&'static str, String)> {
    let ask = LogoutStep::Ask { name: "Alice Adams", action: "logout", csrf: "the-csrf-token" };
    let ask = Logout { frame: signed(&frame(), "Alice Adams"), step: ask };
    let done = Logout { frame: branded(), step: LogoutStep::Done };
    let error = ErrorPage {
        frame: frame(),
        heading: "The app sent a request that cannot be answered",
        code: "invalid_request",
        sentence: "The redirect_uri https://rota.client.test/callback/ is none of the client’s.",
        remedy: Some("Add it to redirect_uris of the client, letter for letter."),
        client_id: Some("rota"),
        reference: "01JD6Y3C7Q8R",
        at: NOW,
    };
    let bare = ErrorPage { frame: branded(), remedy: None, client_id: None, ..error.clone() };
    let long = ErrorPage { client_id: Some(LONG_AGENT), sentence: LONG_AGENT, ..error.clone() };
    vec![
        ("logout-ask", pages::logout(&ask)),
        ("logout-done", pages::logout(&done)),
        ("error", pages::error(&error)),
        ("error-bare", pages::error(&bare)),
        ("error-long", pages::error(&long)),
    ]
}
