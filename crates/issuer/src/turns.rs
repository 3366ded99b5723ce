//! Turns at checking passwords: as many at a time as the machine has cores, the sources one after another.
//!
//! A check takes a core for some milliseconds, and strangers can ask for any number. So each source has a short line of
//! its own, and the lines are served in turn: who asks for a thousand checks waits for them alone. Of one name at one
//! source one password is checked at a time, so that attempts side by side cannot slip past what counts failures.

use parking_lot::Mutex;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Checks that may wait in one source's line.
const LINE: usize = 64;
/// Checks that may wait in all lines.
const LINES: usize = 1024;
/// How long one waits at most.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who checks, and who waits.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    /// Checks that may begin now.
    free: usize,
    /// What is checked now.
    busy: HashSet<Arc<str>>,
    by_source: HashMap<Arc<str>, VecDeque<Waiting>>,
    /// The sources that have a line, in the order of their turns.
    round: VecDeque<Arc<str>>,
}

#[derive(Debug)]
struct Waiting {
    name: Arc<str>,
    go: oneshot::Sender<Turn>,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Turns,
    name: Arc<str>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut lines = self.turns.0.lock();
        lines.free += 1;
        lines.busy.remove(&self.name);
        drop(lines);
        self.turns.hand_out();
    }
}

impl Turns {
    /// Turns for `width` checks at a time.
    pub(crate) fn new(width: usize) -> Self {
        Self(Arc::new(Mutex::new(Lines { free: width, ..Lines::default() })))
    }

    /// Waits for a turn to check `name`, which is one name at one source; `None` where too many wait, or it took too
    /// long. Whoever waits no more (this is dropped) has left the line.
    pub(crate) async fn take(&self, source: &str, name: &str) -> Option<Turn> {
        let (go, turn) = oneshot::channel();
        let joined = self.0.lock().join(source, Waiting { name: name.into(), go });
        self.hand_out();
        if !joined {
            return None;
        }
        tokio::time::timeout(PATIENCE, turn).await.ok()?.ok()
    }

    /// Hands out turns while there are free ones.
    fn hand_out(&self) {
        loop {
            let Some(Waiting { name, go }) = self.0.lock().next() else { return };
            // Whoever has left this very moment drops the turn, and the next gets it.
            let _ = go.send(Turn { turns: self.clone(), name });
        }
    }
}

impl Lines {
    /// Whether there was room. Where all lines are full, the longest one's last gives way to a shorter line.
    fn join(&mut self, source: &str, waiting: Waiting) -> bool {
        let here = self.waiting_at(source);
        if here >= LINE {
            return false;
        }
        if self.by_source.values().map(VecDeque::len).sum::<usize>() >= LINES {
            let longest = self.by_source.values_mut().max_by_key(|line| line.len());
            let Some(longest) = longest.filter(|line| line.len() > here + 1) else { return false };
            longest.pop_back();
        }
        if let Some(line) = self.by_source.get_mut(source) {
            line.push_back(waiting);
        } else {
            let source: Arc<str> = source.into();
            self.round.push_back(Arc::clone(&source));
            self.by_source.insert(source, VecDeque::from([waiting]));
        }
        true
    }

    /// How many wait at the source, without those who have left.
    fn waiting_at(&mut self, source: &str) -> usize {
        self.by_source.get_mut(source).map_or(0, |line| {
            line.retain(|waiting| !waiting.go.is_closed());
            line.len()
        })
    }

    /// Who is next, if anyone may be.
    fn next(&mut self) -> Option<Waiting> {
        for _ in 0..self.round.len() {
            if self.free == 0 {
                return None;
            }
            let source = self.round.pop_front()?;
            self.waiting_at(&source);
            let Some(line) = self.by_source.get_mut(&source) else { continue };
            let at = line.iter().position(|waiting| !self.busy.contains(&waiting.name));
            let next = at.and_then(|at| line.remove(at));
            if line.is_empty() {
                self.by_source.remove(&source);
            } else {
                self.round.push_back(source);
            }
            if let Some(next) = next {
                self.free -= 1;
                self.busy.insert(Arc::clone(&next.name));
                return Some(next);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::JoinHandle;

    type Taken = JoinHandle<Option<Turn>>;

    /// Puts somebody in line.
    async fn queue(turns: &Turns, source: &str, name: &str) -> Taken {
        let (turns, source, name) = (turns.clone(), source.to_owned(), name.to_owned());
        let taken = tokio::spawn(async move { turns.take(&source, &name).await });
        tokio::task::yield_now().await;
        taken
    }

    async fn settled() {
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn n12_a_source_with_many_waits_for_itself_alone() {
        let turns = Turns::new(1);
        let first = turns.take("stranger", "a").await.unwrap();
        let mut strangers = Vec::new();
        for n in 0..LINE {
            strangers.push(queue(&turns, "stranger", &format!("name {n}")).await);
        }
        assert!(turns.take("stranger", "one more").await.is_none(), "the line is as long as it may be");
        let owner = queue(&turns, "owner", "alice").await;
        drop(first);
        // One of the stranger's goes before, and then the owner.
        drop(strangers.remove(0).await.unwrap().unwrap());
        let owner = owner.await.unwrap().unwrap();
        settled().await;
        assert!(strangers.iter().all(|waiting| !waiting.is_finished()));
        drop(owner);
        assert!(strangers.remove(0).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn n12_whoever_leaves_is_not_waited_for() {
        let turns = Turns::new(1);
        let first = turns.take("a", "0").await.unwrap();
        let mut gone = Vec::new();
        for n in 0..LINE {
            gone.push(queue(&turns, "a", &format!("{n}")).await);
        }
        for waiting in gone {
            waiting.abort();
            assert!(waiting.await.is_err());
        }
        let next = queue(&turns, "a", "next").await;
        drop(first);
        assert!(next.await.unwrap().is_some());
        assert_eq!(turns.0.lock().free, 1, "no turn is lost");
    }

    #[tokio::test]
    async fn n11_one_name_is_checked_once_at_a_time_and_others_beside_it() {
        let turns = Turns::new(2);
        let first = turns.take("a", "alice").await.unwrap();
        let second = queue(&turns, "a", "alice").await;
        let bob = queue(&turns, "a", "bob").await;
        let bob = bob.await.unwrap().unwrap();
        settled().await;
        assert!(!second.is_finished());
        drop(first);
        assert!(second.await.unwrap().is_some());
        drop(bob);
    }

    #[tokio::test]
    async fn where_all_lines_are_full_the_longest_gives_way() {
        let turns = Turns::new(1);
        let _first = turns.take("first", "x").await.unwrap();
        let mut waiting = Vec::new();
        for source in 0..LINES / LINE {
            for n in 0..LINE {
                waiting.push(queue(&turns, &format!("{source}"), &format!("{source} {n}")).await);
            }
        }
        let owner = queue(&turns, "owner", "alice").await;
        settled().await;
        assert!(!owner.is_finished(), "there is room");
        assert_eq!(waiting.iter().filter(|waiting| waiting.is_finished()).count(), 1);
    }
}
