//! Letters to and from the other replicas, about their journals.

use super::PAUSE;
use actix_web::web;
use surface::live::Live;
use tokio::sync::watch;
use tokio::time::sleep;

/// Has the journal here known to the other replicas, and theirs here; ends where there can be no others.
pub(crate) async fn exchange(live: web::Data<Live>, mut synced: watch::Receiver<bool>) {
    let Some(peers) = live.app().peers.clone() else { return };
    // What is told of a namespace that is not known here is lost.
    if synced.wait_for(|synced| *synced).await.is_err() {
        return;
    }
    let receive = async {
        loop {
            match peers.receive().await {
                Ok(letters) => peers.read(letters, &*live.app()).await,
                // Whoever reads the journal is told that it is not known what others have.
                Err(error) => {
                    tracing::debug!("{error}");
                    sleep(PAUSE).await;
                }
            }
        }
    };
    tokio::join!(peers.tell(), receive);
}
