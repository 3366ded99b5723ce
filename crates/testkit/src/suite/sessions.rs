//! Users' sessions in a browser.

use super::{NOW, Subject, handle, millis, realm, seconds};
use issuer::state::{Moment, Realm, SessionRecord};

/// The session numbered `number` of a user, who proved who they are so many seconds after [`NOW`]: of 1000 seconds.
pub fn session(number: u64, subject: &str) -> SessionRecord {
    let auth_time = NOW + i64::try_from(number).unwrap();
    SessionRecord {
        sid: format!("{number:032X}"),
        subject: subject.to_owned(),
        auth_time,
        expires_at: auth_time + 1000,
        agent: "Firefox on \"Linux\" — é".to_owned(),
    }
}

/// Keeps [`session`] under the handle of the same number.
pub async fn put(store: &Subject, number: u64, subject: &str, replaces: Option<u64>) {
    let record = session(number, subject);
    store.put_session(&realm(), handle(number), record, replaces.map(handle), seconds(0)).await.unwrap();
}

pub async fn found(store: &Subject, number: u64, moment: Moment) -> Option<SessionRecord> {
    store.session(&realm(), handle(number), moment).await.unwrap()
}

pub async fn listed(store: &Subject, subject: &str, moment: Moment) -> Vec<SessionRecord> {
    store.sessions_of(&realm(), subject, moment).await.unwrap()
}

async fn end(store: &Subject, subject: &str, number: u64) -> bool {
    store.end_session(&realm(), subject, &session(number, subject).sid).await.unwrap()
}

pub async fn a_session_is_kept_whole(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    assert_eq!(found(&store, 1, seconds(1)).await, None);
    assert!(listed(&store, "alice", seconds(1)).await.is_empty());
    let record = SessionRecord { agent: "x".repeat(200), subject: String::new(), ..session(1, "") };
    store.put_session(&realm(), handle(1), record.clone(), None, seconds(0)).await.unwrap();
    assert_eq!(found(&store, 1, seconds(1)).await, Some(record.clone()));
    assert_eq!(listed(&store, "", seconds(1)).await, [record]);
    assert_eq!(found(&store, 2, seconds(1)).await, None, "another cookie");
}

pub async fn a_session_is_over_at_its_end(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    put(&store, 0, "alice", None).await;
    let (before, end) = (millis(999_999), seconds(1000));
    assert_eq!((found(&store, 0, end).await, listed(&store, "alice", end).await), (None, vec![]));
    assert_eq!(found(&store, 0, before).await, Some(session(0, "alice")), "by the moment that is asked for");
    assert_eq!(listed(&store, "alice", before).await, [session(0, "alice")]);
}

pub async fn t58_a_session_replaces_the_one_before(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    put(&store, 1, "alice", None).await;
    put(&store, 2, "alice", None).await;
    put(&store, 3, "bob", Some(1)).await;
    assert_eq!(found(&store, 1, seconds(9)).await, None, "the browser's session before, though another user's");
    assert_eq!(listed(&store, "alice", seconds(9)).await, [session(2, "alice")], "other browsers' are left");
    assert_eq!(listed(&store, "bob", seconds(9)).await, [session(3, "bob")]);
    assert!(!end(&store, "alice", 1).await);
    put(&store, 4, "alice", Some(99)).await;
    assert_eq!(found(&store, 4, seconds(9)).await, Some(session(4, "alice")), "though what it replaces is unknown");

    // The user proves anew who they are, and the session goes on under the same public name.
    let anew = SessionRecord { auth_time: NOW + 500, expires_at: NOW + 1500, ..session(4, "alice") };
    store.put_session(&realm(), handle(5), anew.clone(), Some(handle(4)), seconds(500)).await.unwrap();
    assert_eq!(found(&store, 4, seconds(500)).await, None);
    assert_eq!(listed(&store, "alice", seconds(500)).await, [anew, session(2, "alice")]);
    assert!(end(&store, "alice", 4).await);
    assert_eq!(found(&store, 5, seconds(500)).await, None);
}

pub async fn a_users_sessions_come_newest_first(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for number in [2, 5, 1, 4, 3] {
        put(&store, number, "alice", None).await;
    }
    let numbers = async |moment| {
        let sids = listed(&store, "alice", moment).await.into_iter().map(|record| record.sid);
        sids.map(|sid| u64::from_str_radix(&sid, 16).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(numbers(seconds(9)).await, [5, 4, 3, 2, 1]);
    assert_eq!(numbers(seconds(1003)).await, [5, 4], "those that live");
}

pub async fn a_session_is_ended_by_its_user_alone(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    put(&store, 1, "alice", None).await;
    put(&store, 2, "alice", None).await;
    put(&store, 3, "bob", None).await;
    assert!(!end(&store, "bob", 1).await, "another user's sid");
    assert!(!end(&store, "alice", 9).await, "no such sid");
    assert!(!store.end_session(&realm(), "alice", "").await.unwrap());
    assert_eq!(listed(&store, "alice", seconds(9)).await, [session(2, "alice"), session(1, "alice")]);
    assert!(end(&store, "alice", 1).await);
    assert_eq!(found(&store, 1, seconds(9)).await, None);
    assert_eq!(listed(&store, "alice", seconds(9)).await, [session(2, "alice")]);
    assert_eq!(found(&store, 3, seconds(9)).await, Some(session(3, "bob")));
    assert!(!end(&store, "alice", 1).await, "it is ended already");
}

pub async fn users_are_apart(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    for (number, subject, sid) in [(1, "a", "bc"), (2, "ab", "c"), (3, "", "abc"), (4, "a\u{0}", "bc"), (5, "b", "bc")]
    {
        let record = SessionRecord { sid: sid.to_owned(), ..session(number, subject) };
        store.put_session(&realm(), handle(number), record.clone(), None, seconds(0)).await.unwrap();
        assert_eq!(listed(&store, subject, seconds(9)).await, [record], "{subject:?}");
    }
    assert!(store.end_session(&realm(), "a", "bc").await.unwrap());
    for number in 2..=5 {
        assert!(found(&store, number, seconds(9)).await.is_some(), "{number}");
    }
}

pub async fn t54_sessions_of_realms_are_apart(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    put(&store, 1, "alice", None).await;
    let sid = session(1, "alice").sid;
    for other in ["other", "moun", "mount2", ""] {
        let other = Realm::of_mount(other);
        assert_eq!(store.session(&other, handle(1), seconds(9)).await.unwrap(), None);
        assert!(store.sessions_of(&other, "alice", seconds(9)).await.unwrap().is_empty());
        assert!(!store.end_session(&other, "alice", &sid).await.unwrap());
        store.put_session(&other, handle(2), session(2, "alice"), Some(handle(1)), seconds(0)).await.unwrap();
    }
    assert_eq!(listed(&store, "alice", seconds(9)).await, [session(1, "alice")]);
}

pub async fn f04_a_repeat_brings_no_session_back(open: impl AsyncFn() -> Subject) {
    let store = open().await;
    put(&store, 1, "alice", None).await;
    for _ in 0..2 {
        put(&store, 2, "alice", Some(1)).await;
        assert_eq!(listed(&store, "alice", seconds(9)).await, [session(2, "alice")]);
    }
    put(&store, 1, "alice", None).await;
    assert_eq!(found(&store, 1, seconds(9)).await, None, "it was replaced");
    assert!(end(&store, "alice", 2).await);
    put(&store, 2, "alice", Some(1)).await;
    assert_eq!(found(&store, 2, seconds(9)).await, None, "it was ended");
    assert!(listed(&store, "alice", seconds(9)).await.is_empty());
}
