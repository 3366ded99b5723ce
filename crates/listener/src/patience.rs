//! How long something may take.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// A time that runs from when it is first asked for.
#[derive(Debug)]
pub(crate) struct Patience {
    time: Duration,
    left: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    pub(crate) fn new(time: Duration) -> Self {
        Self { time, left: None }
    }

    /// Ready once the time is over.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.left.get_or_insert_with(|| Box::pin(sleep(self.time))).as_mut().poll(cx)
    }

    /// It begins anew when it is asked for again.
    pub(crate) fn renew(&mut self) {
        self.left = None;
    }
}
