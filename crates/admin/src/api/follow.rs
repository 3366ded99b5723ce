//! The journal as it grows, by server-sent events (WHATWG HTML section 9.2).

use super::Call;
use super::gathered::keep_gathering;
use super::problem::Problem;
use super::reply::{Answer, Outcome};
use crate::journal::{filter, view};
use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ACCEPT_ENCODING};
use admin_api::JournalFilter;
use listener::Gone;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use surface::journal::{Entry, Follower};
use surface::live::Live;
use surface::world::World;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// The media type.
const EVENTS: &str = "text/event-stream";
/// How long nothing is sent.
const PING: Duration = Duration::from_secs(15);
/// How many may follow at once: the listener has more connections than that.
const MOST: usize = 16;
/// How many pieces wait for a slow reader; beyond that nothing is read for it.
const AHEAD: usize = 8;

static FOLLOWERS: AtomicUsize = AtomicUsize::new(0);

/// What a call says of the answer that it wants.
#[derive(Clone, Debug, Default)]
pub(super) struct Accepts {
    /// The media types that it names, in its order.
    pub(super) media: Vec<String>,
    /// Whether it follows.
    pub(super) is_events: bool,
    /// Whether an answer in gzip (RFC 1952) will do.
    pub(super) is_gzip: bool,
    /// The last number that it has.
    pub(super) last: Option<u64>,
    /// Tells when its caller has gone.
    gone: Option<Gone>,
}

impl Accepts {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let name = |one: &str| one.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let media: Vec<_> = text(ACCEPT.as_str()).into_iter().flat_map(|value| value.split(',').map(name)).collect();
        let coding = |one: &str| {
            let (name, weight) = one.split_once(';').unwrap_or((one, ""));
            let is_none = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0));
            name.trim().eq_ignore_ascii_case("gzip") && !is_none
        };
        Self {
            is_gzip: text(ACCEPT_ENCODING.as_str()).is_some_and(|value| value.split(',').any(coding)),
            is_events: media.iter().any(|media| media == EVENTS),
            media,
            last: text("last-event-id").and_then(|text| text.trim().parse().ok()),
            gone: request.conn_data().cloned(),
        }
    }
}

/// One that follows.
struct Place;

impl Place {
    fn take() -> Option<Self> {
        let place = Self;
        (FOLLOWERS.fetch_add(1, Ordering::Relaxed) < MOST).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        FOLLOWERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The entries to come, or those after a number and those to come.
pub(super) fn follow(call: &Call, filter: JournalFilter) -> Outcome {
    let Some(place) = Place::take() else {
        return Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!("{MOST} follow the journal already"),
            "end one of them, or follow once and tell your own listeners",
        ));
    };
    let journal = &call.world.journal;
    // A number beyond the last one is of another process: all is new then.
    let since = call.accepts.last.or(filter.since).map(|since| if since > journal.last() { 0 } else { since });
    let follower = journal.follow(since.unwrap_or_else(|| journal.last()));
    let follower = follower.ok_or_else(|| Problem::internal("the journal is gone"))?;
    let (sender, receiver) = mpsc::channel(AHEAD);
    let filter = JournalFilter { since: None, ..filter };
    let (live, gone) = (call.live.clone(), call.accepts.gone.clone());
    let (app, world) = (Arc::clone(&call.app), Arc::clone(&call.world));
    actix_web::rt::spawn(async move {
        tokio::select! {
            () = send(&live, &world, &filter, follower, &sender) => {}
            () = app.stopping() => {}
            () = sender.closed() => {}
            never = keep_gathering(&app, &world) => match never {},
            () = wait(gone) => {}
        }
        drop(place);
    });
    Ok(Answer::Stream(EVENTS, receiver))
}

async fn wait(gone: Option<Gone>) {
    match gone {
        Some(gone) => gone.wait().await,
        None => std::future::pending().await,
    }
}

type Sender = mpsc::Sender<Result<Vec<u8>, issuer::state::StoreError>>;

async fn send(live: &Live, world: &Arc<World>, filter: &JournalFilter, mut follower: Follower, sender: &Sender) {
    // At once, so that a reader knows that it follows.
    let mut piece = ": follows\n\n".to_owned();
    while sender.send(Ok(piece.into_bytes())).await.is_ok() {
        // Whatever comes that is not meant, a reader hears that the connection stands.
        let end = Instant::now() + PING;
        piece = loop {
            let came = timeout_at(end, follower.next()).await;
            // What is registered now, for a configuration may have come meanwhile.
            let Some(world) = current(live, world) else { return };
            let Ok(entries) = came else { break ": ping\n\n".to_owned() };
            let meant = entries.iter().filter(|entry| filter::admits(filter, entry));
            let events: String = meant.map(|entry| event(&world, entry)).collect();
            if !events.is_empty() {
                break events;
            }
        };
    }
}

/// The same world under the configuration in force; `None` where it has ended, and another may have its name.
fn current(live: &Live, world: &Arc<World>) -> Option<Arc<World>> {
    let app = live.app();
    match world.name() {
        None => Some(Arc::clone(&app.world)),
        Some(name) => app.worlds.get(name).filter(|now| Arc::ptr_eq(&now.journal, &world.journal)),
    }
}

fn event(world: &World, entry: &Entry) -> String {
    let data = serde_json::to_string(&view::view(world, entry)).unwrap_or_default();
    format!("id: {}\nevent: entry\ndata: {data}\n\n", entry.number)
}
