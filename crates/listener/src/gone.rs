//! Whether a client is still there.

use tokio::sync::watch;

/// Tells, from a connection's data, when its client has sent its end: nobody waits for an answer any more.
#[derive(Clone, Debug)]
pub struct Gone(watch::Receiver<()>);

/// What a connection's stream keeps while the client is there.
#[derive(Debug)]
pub(crate) struct There(watch::Sender<()>);

impl There {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::default())
    }

    pub(crate) fn gone(&self) -> Gone {
        Gone(self.0.subscribe())
    }
}

impl Gone {
    /// Waits until the client has gone.
    pub async fn wait(&self) {
        // Nothing is ever sent: the wait ends with the sender.
        let _ = self.0.clone().changed().await;
    }
}
