//! What other replicas have of the journals that a call is about.

use super::Call;
use super::problem::Problem;
use actix_web::http::StatusCode;
use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;
use surface::app::App;
use surface::world::World;
use tokio::time::sleep;

/// How often others are asked by one that waits for what is to come.
const AGAIN: Duration = Duration::from_millis(40);

/// The replicas whose part is not in an answer, as its handler notes them.
#[derive(Clone, Debug, Default)]
pub(super) struct Lagging(Rc<RefCell<Vec<String>>>);

impl Lagging {
    fn note(&self, names: Vec<String>) {
        let mut all = self.0.borrow_mut();
        for name in names {
            if !all.contains(&name) {
                all.push(name);
            }
        }
    }

    /// Their names.
    pub(super) fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

/// The owner of a world's state; empty outside any namespace.
fn owner(world: &World) -> String {
    world.issuer.owner().map(ToString::to_string).unwrap_or_default()
}

impl Call {
    /// Has here what the other live replicas have of the journals that the call is about.
    pub(super) async fn gather(&self) -> Result<(), Problem> {
        if !self.world.journal.is_kept() {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "no journal is kept: server.journal_memory is 0",
                "set it to what the journal may take, in bytes, and start the gateway again",
            ));
        }
        self.ask_peers().await;
        Ok(())
    }

    async fn ask_peers(&self) {
        if let Some(peers) = &self.app.peers {
            let owners = (self.worlds.len() == 1).then(|| vec![owner(&self.world)]);
            self.lagging.note(peers.gather(owners).await);
        }
    }

    /// Has every replica forget the journal of the call's namespace.
    pub(super) async fn clear_journal(&self) {
        // What is under way between replicas would come after it.
        self.ask_peers().await;
        self.world.journal.clear();
        if let Some(peers) = &self.app.peers {
            if let Err(error) = peers.clear(&owner(&self.world)).await {
                tracing::warn!(%error, "other replicas are not told to forget their journals");
                self.lagging.note(vec!["unknown".to_owned()]);
            }
            self.ask_peers().await;
        }
    }
}

/// Has here what comes to the other replicas in a world, again and again.
pub(super) async fn keep_gathering(app: &App, world: &World) -> Infallible {
    let Some(peers) = app.peers.as_ref().filter(|peers| !peers.is_shared()) else {
        return std::future::pending().await;
    };
    loop {
        sleep(AGAIN).await;
        peers.gather(Some(vec![owner(world)])).await;
    }
}
