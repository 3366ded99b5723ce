//! The thread that owns the database.

use super::calm::Calm;
use super::mark::Mark;
use super::open::{OpenError, Opened, Place, create_state};
use super::reader::{Shared, Snapshot};
use super::tables::{Tables, state};
use crate::meter;
use issuer::state::StoreError;
use redb::Database;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument;

/// Operations that may wait; a caller beyond them waits in turn.
const WAITING: usize = 4096;
/// Operations that share one commit at most.
const BATCH: usize = 1024;

/// What is asked of the thread.
enum Job {
    Operation(Box<dyn Operation>),
    Reset(oneshot::Sender<Result<(), StoreError>>),
}

/// One step within a transaction, answered once it is known what became of the transaction.
trait Operation: Send {
    fn run(&mut self, tables: &mut Tables<'_>);
    fn answer(self: Box<Self>, committed: &Result<(), StoreError>);
}

struct Pending<T, F> {
    step: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Operation for Pending<T, F>
where
    T: Send,
    F: FnOnce(&mut Tables<'_>) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, tables: &mut Tables<'_>) {
        self.outcome = self.step.take().map(|step| step(tables));
    }

    fn answer(self: Box<Self>, committed: &Result<(), StoreError>) {
        let outcome = committed.clone().and(self.outcome.unwrap_or_else(|| Err(stopped())));
        // A caller that has gone away asks for no answer.
        let _ = self.reply.send(outcome);
    }
}

/// Times a call, from its asking to its answer.
async fn timed<T>(operation: &'static str, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let started = Instant::now();
    let span = tracing::trace_span!(target: "trace", "store", otel.name = operation, operation);
    let outcome = call.instrument(span).await;
    meter::observe(operation, started.elapsed(), &outcome);
    outcome
}

fn stopped() -> StoreError {
    StoreError::Unavailable("its writer has stopped".to_owned())
}

/// The handle of the thread.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    database: Shared,
    /// The format of what it held when it was opened.
    pub(super) format: u32,
    commits: Arc<AtomicU64>,
}

impl Writer {
    /// Opens the database and starts the thread.
    pub(super) fn start(place: Place, suspect: bool) -> Result<Self, OpenError> {
        let (jobs, queue) = mpsc::channel(WAITING);
        let commits = Arc::new(AtomicU64::new(0));
        let Opened { database, mark, format } = place.open(suspect)?;
        let database = Shared::new(database);
        let worker =
            Worker { place, mark, is_suspect: false, database: database.clone(), commits: Arc::clone(&commits) };
        let path = worker.place.to_string().into();
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || worker.work(queue))
            .map_err(|source| OpenError::Io { path, source })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), database, format, commits })
    }

    /// The database for a reader of its own.
    pub(super) fn database(&self) -> Shared {
        self.database.clone()
    }

    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Runs `step` within a transaction; what it returns comes back once the transaction is durable.
    pub(super) async fn run<T, F>(&self, operation: &'static str, step: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        timed(operation, self.apply(step)).await
    }

    async fn apply<T, F>(&self, step: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Operation(Box::new(Pending { step: Some(step), outcome: None, reply }))).await?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Reads a few rows as the last commit left them, beside the thread and at once: what the cache holds takes
    /// microseconds, what it does not a read of the file, so that no worker is held up.
    pub(super) async fn read<T>(
        &self,
        operation: &'static str,
        step: impl Fn(&Snapshot) -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError> {
        let read = async {
            match self.database.read(&step) {
                Err(StoreError::Unavailable(_)) => {
                    self.reopen().await?;
                    self.database.read(&step)
                }
                outcome => outcome,
            }
        };
        timed(operation, read).await
    }

    /// Reads rows of which there may be many, as the last commit left them, on a thread for what takes its time.
    pub(super) async fn list<T, F>(&self, operation: &'static str, step: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&Snapshot) -> Result<T, StoreError> + Clone + Send + 'static,
    {
        let attempt = async |step: F| {
            let database = self.database.clone();
            tokio::task::spawn_blocking(move || database.read(step)).await.unwrap_or_else(|_| Err(stopped()))
        };
        let list = async {
            match attempt(step.clone()).await {
                Err(StoreError::Unavailable(_)) => {
                    self.reopen().await?;
                    attempt(step).await
                }
                outcome => outcome,
            }
        };
        timed(operation, list).await
    }

    /// After a failure: an operation that does nothing, for which the thread opens the database anew if it is closed,
    /// or closes it if a reader was the first to see that it has failed.
    async fn reopen(&self) -> Result<(), StoreError> {
        self.apply(|_| Ok(())).await
    }

    /// Empties all tables but the keys'.
    pub(super) async fn reset(&self) -> Result<(), StoreError> {
        let reset = async {
            let (reply, answer) = oneshot::channel();
            self.send(Job::Reset(reply)).await?;
            answer.await.unwrap_or_else(|_| Err(stopped()))
        };
        timed("reset", reset).await
    }

    async fn send(&self, job: Job) -> Result<(), StoreError> {
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(job).await.map_err(|_| stopped())
    }
}

impl Drop for Writer {
    /// Waits for the thread, so that the file is closed and free when this returns.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Worker {
    place: Place,
    mark: Option<Mark>,
    /// Whether redb has panicked, so that the file is looked through before it is opened again.
    is_suspect: bool,
    database: Shared,
    commits: Arc<AtomicU64>,
}

impl Worker {
    fn work(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut pace = Pace::default();
        while let Some(first) = queue.blocking_recv() {
            let mut operations = Vec::new();
            let mut next = Some(first);
            let mut reset = None;
            let gathering = Instant::now();
            while let Some(job) = next {
                match job {
                    Job::Operation(operation) => operations.push(operation),
                    Job::Reset(reply) => reset = Some(reply),
                }
                next = if reset.is_some() || operations.len() == BATCH {
                    None
                } else {
                    pace.next(&mut queue, operations.len(), gathering)
                };
            }
            if !operations.is_empty() {
                let began = Instant::now();
                let committed = self.attempt(|database, mark| apply(database, mark, &mut operations));
                pace.note(operations.len() + queue.len(), began.elapsed());
                for operation in operations {
                    operation.answer(&committed);
                }
            }
            if let Some(reply) = reset {
                let _ = reply.send(self.attempt(|database, _| empty(database)));
            }
        }
        if self.mark.is_some() && self.database.is_open() {
            let _ = self.attempt(|database, _| Mark::leave(database));
        }
        self.database.close();
    }

    /// Runs one transaction. After a failure redb refuses all further work on the open database, so that it is closed
    /// here and opened anew for the next one.
    fn attempt(
        &mut self,
        work: impl FnOnce(&Database, Option<&mut Mark>) -> Result<bool, redb::Error>,
    ) -> Result<(), StoreError> {
        if !self.database.is_open() {
            let opened =
                self.place.open(self.is_suspect).map_err(|error| StoreError::Unavailable(error.to_string()))?;
            self.is_suspect = false;
            self.database.put(opened.database);
            self.mark = opened.mark;
        }
        let (database, mark) = (&self.database, self.mark.as_mut());
        let done = catch_unwind(AssertUnwindSafe(|| {
            database.with(|database| work(database, mark)).unwrap_or(Err(redb::Error::DatabaseClosed))
        }));
        self.is_suspect |= done.is_err();
        if !matches!(done, Ok(Ok(_))) && self.place.is_durable() {
            self.database.close();
        }
        match done {
            Ok(Ok(wrote)) => {
                self.commits.fetch_add(u64::from(wrote), Ordering::Relaxed);
                Ok(())
            }
            Ok(Err(error)) => Err(StoreError::Unavailable(error.to_string())),
            Err(_) => Err(StoreError::Unavailable("an operation panicked over what the database holds".to_owned())),
        }
    }
}

/// When to commit. Where a commit is slow, those who wait for one come back together: whoever comes first waits a little
/// for the others, so that they share the next commit rather than wait out two.
#[derive(Debug, Default)]
struct Pace {
    /// Operations that the last commit had or kept waiting: as many may come again.
    expected: usize,
    /// How long the first of a batch waits for the others.
    patience: Duration,
}

impl Pace {
    /// The longest that an operation waits for others.
    const MOST: Duration = Duration::from_millis(5);
    /// Between two looks at the queue.
    const POLL: Duration = Duration::from_micros(100);

    /// The next job, if it comes before the batch is as large as expected and patience is at an end.
    fn next(&self, queue: &mut mpsc::Receiver<Job>, gathered: usize, since: Instant) -> Option<Job> {
        loop {
            if let Ok(job) = queue.try_recv() {
                return Some(job);
            }
            if gathered >= self.expected || queue.is_closed() || since.elapsed() >= self.patience {
                return None;
            }
            pause(Self::POLL);
        }
    }

    /// What the last commit was like.
    fn note(&mut self, expected: usize, commit: Duration) {
        self.expected = expected;
        // Less than a poll is not worth it: on a fast disk nobody waits.
        self.patience =
            Some(commit / 2).filter(|half| *half >= Self::POLL).map_or(Duration::ZERO, |half| half.min(Self::MOST));
    }
}

#[expect(clippy::disallowed_methods, reason = "the writer's own thread, on which nothing else runs")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Applies all operations in one transaction; says whether there was anything to commit.
fn apply(
    database: &Database,
    mark: Option<&mut Mark>,
    operations: &mut [Box<dyn Operation>],
) -> Result<bool, redb::Error> {
    let mut txn = Calm::new(database.begin_write()?);
    txn.set_quick_repair(true);
    let mut tables = Tables::open(&txn)?;
    for operation in operations.iter_mut() {
        operation.run(&mut tables);
        if tables.failed() {
            break;
        }
    }
    if tables.wrote() && !tables.failed() {
        // What it says of the database is noted there; an odd row is left for its own operation to find.
        let _ = tables.collect(operations.len());
    }
    let wrote = tables.wrote();
    if let Some(failure) = tables.into_failure() {
        return Err(failure.into());
    }
    if wrote && let Some(mark) = mark {
        mark.note(&txn)?;
    }
    let txn = txn.into_inner();
    if wrote {
        txn.commit()?;
    } else {
        txn.abort()?;
    }
    Ok(wrote)
}

fn empty(database: &Database) -> Result<bool, redb::Error> {
    let mut txn = Calm::new(database.begin_write()?);
    txn.set_quick_repair(true);
    for table in state() {
        txn.delete_table(table)?;
    }
    create_state(&txn)?;
    txn.into_inner().commit()?;
    Ok(true)
}
