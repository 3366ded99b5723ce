//! The process that has started this one, where this one is to end with it.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::process::parent_id;
use std::time::Duration;
use tokio::sync::oneshot;

/// How often to look who the parent is.
const LOOK: Duration = Duration::from_millis(200);

/// Whose end ends this process.
#[derive(Debug)]
pub(crate) struct Parent {
    id: u32,
    /// Answers at the end of standard input.
    input_ends: Option<oneshot::Receiver<()>>,
}

impl Parent {
    /// The present parent. To be called early: a parent that is gone by then is not known.
    pub(crate) fn new() -> Self {
        Self { id: parent_id(), input_ends: is_held_by_somebody().then(end_of_input) }
    }

    /// Waits until standard input ends or the parent is another. The kernel's own signal at a parent's end would come at
    /// the end of the thread that has started this process.
    pub(crate) async fn wait(self) {
        let is_gone = async {
            while parent_id() == self.id {
                tokio::time::sleep(LOOK).await;
            }
        };
        let input_ends = async {
            match self.input_ends {
                Some(ends) => drop(ends.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = is_gone => tracing::info!("the parent process has ended"),
            () = input_ends => tracing::info!("standard input has ended"),
        }
    }
}

/// Whether standard input is a pipe or a socket, which ends when its other side does. Of `/dev/null` and files the end
/// says nothing. The descriptor itself is asked: a root that has nothing else has no `/dev/stdin` either.
fn is_held_by_somebody() -> bool {
    let input = io::stdin().as_fd().try_clone_to_owned().and_then(|own| File::from(own).metadata());
    input.is_ok_and(|input| input.file_type().is_fifo() || input.file_type().is_socket())
}

fn end_of_input() -> oneshot::Receiver<()> {
    let (ended, ends) = oneshot::channel();
    // A thread of its own: a read of standard input cannot be given up.
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        let mut bytes = [0; 1024];
        while input.read(&mut bytes).is_ok_and(|count| count > 0) {}
        let _ = ended.send(());
    });
    ends
}
