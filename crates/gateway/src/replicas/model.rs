//! The follower against a store in memory, by histories at random: any call and any reading may fail, any reading may be
//! late, replicas are cut off and restarted, and the store may lose all that it has.

use super::{Follower, Replica};
use issuer::state::{Change, Changes, Due, Override, OverrideKind, Parts, Position, Pulse, Realm, StoreError, Told};
use parking_lot::Mutex;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::cursor::{Cursor, Entry, Place};

const REPLICAS: usize = 3;
const THINGS: u8 = 4;

/// When something was written: how often the store had been lost, and the number of the entry.
type Version = (u64, u64);
/// What is kept, each with its version. What was forgotten stays as `None`.
type State = BTreeMap<String, (Version, Option<u8>)>;

/// The store that the replicas share.
#[derive(Default)]
struct Shared {
    state: State,
    log: Vec<Entry>,
    losses: u64,
    /// Places rise for ever, as time does.
    time: u64,
    /// The state at each place of the log.
    past: BTreeMap<Place, State>,
}

impl Shared {
    fn write(&mut self, thing: &str, value: Option<u8>, change: Change) {
        self.time += 1;
        let number = self.log.last().map_or(1, |entry| entry.number + 1);
        let place = Place::parse(&format!("{}-0", self.time)).unwrap();
        self.log.push(Entry { place, number, change });
        self.state.insert(thing.to_owned(), ((self.losses, number), value));
        self.past.insert(place, self.state.clone());
    }

    fn lose(&mut self) {
        self.losses += 1;
        self.log.clear();
        self.state.clear();
    }

    fn mark(&self) -> String {
        self.losses.to_string()
    }
}

fn realm() -> Realm {
    Realm::of_mount("m")
}

fn put(id: &str, value: u8) -> Change {
    Change::Put(Override {
        realm: realm(),
        kind: OverrideKind::Client,
        id: id.to_owned(),
        body: Some(value.to_string()),
    })
}

/// Who writes what.
#[derive(Clone, Debug)]
enum Write {
    Put(u8, u8),
    Forget(u8),
    /// Keys or scenarios: what is told, and read then.
    Read(u8),
}

impl Write {
    fn on(&self, shared: &mut Shared) {
        match *self {
            Self::Put(thing, value) => {
                shared.write(&format!("c{thing}"), Some(value), put(&format!("c{thing}"), value));
            }
            Self::Forget(thing) => {
                let id = format!("c{thing}");
                let change = Change::Forgotten { realm: realm(), kind: OverrideKind::Client, id: id.clone() };
                shared.write(&id, None, change);
            }
            Self::Read(value) => {
                let change = if value % 2 == 0 { Change::Keys(realm()) } else { Change::Scenarios };
                shared.write(if value % 2 == 0 { "keys" } else { "scenarios" }, Some(value), change);
            }
        }
    }
}

/// What befalls one replica.
#[derive(Default)]
struct Weather {
    /// Which of its next calls fail.
    failing: Vec<bool>,
    /// What is written while it reads, before it gets what it read.
    late: Vec<Write>,
}

/// One replica's view of the log.
struct Feed {
    shared: Arc<Mutex<Shared>>,
    weather: Arc<Mutex<Weather>>,
    cursor: Mutex<Cursor>,
}

impl Feed {
    fn call(&self) -> Result<(), StoreError> {
        fails(&self.weather)
    }
}

fn fails(weather: &Mutex<Weather>) -> Result<(), StoreError> {
    match weather.lock().failing.pop() {
        Some(true) => Err(StoreError::Unavailable("as the history wants it".to_owned())),
        _ => Ok(()),
    }
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Feed")
    }
}

#[async_trait::async_trait]
impl Changes for Feed {
    async fn next(&self) -> Result<Due, StoreError> {
        let mut cursor = self.cursor.lock();
        if let Err(error) = self.call() {
            cursor.doubt();
            return Err(error);
        }
        let shared = self.shared.lock();
        let after = cursor.place();
        let entries = shared.log.iter().filter(|entry| entry.place > after).cloned().collect();
        if let Some(due) = cursor.entries(entries) {
            return Ok(due);
        }
        let (place, number) = shared.log.last().map(|last| (last.place, last.number)).unwrap_or_default();
        Ok(cursor.everything(place, number, shared.mark()))
    }

    async fn applied(&self, position: Position, _: Vec<Position>) -> Result<Pulse, StoreError> {
        self.cursor.lock().applied(&position);
        self.beat().await
    }

    async fn beat(&self) -> Result<Pulse, StoreError> {
        self.call()?;
        let mut cursor = self.cursor.lock();
        if cursor.mark().is_some_and(|known| known != self.shared.lock().mark()) {
            cursor.doubt();
        }
        Ok(Pulse { now: 0, peers: Vec::new() })
    }

    async fn settle(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    fn salt(&self) -> Option<String> {
        None
    }

    async fn declare(&self, _: String, _: Parts) -> Result<(), StoreError> {
        Ok(())
    }

    async fn declared(&self) -> Result<BTreeMap<String, Parts>, StoreError> {
        Ok(BTreeMap::new())
    }

    fn id(&self) -> &'static str {
        "1"
    }

    async fn leave(&self) {}

    async fn tend(&self, _: i64) -> Result<(), StoreError> {
        Ok(())
    }
}

/// What a replica has in force.
struct Memory {
    shared: Arc<Mutex<Shared>>,
    weather: Arc<Mutex<Weather>>,
    state: State,
    /// The state that it was last told of.
    told: State,
    is_current: std::cell::Cell<bool>,
}

impl Memory {
    /// What the store has; it may have changed by the time that this is known.
    fn read(&self) -> Result<State, StoreError> {
        let read = self.shared.lock().state.clone();
        for write in std::mem::take(&mut self.weather.lock().late) {
            write.on(&mut self.shared.lock());
        }
        fails(&self.weather).map(|()| read)
    }

    /// Whether nothing in force is older than in `state`.
    fn is_no_older_than(&self, state: &State) -> bool {
        state.iter().all(|(thing, (version, _))| self.state.get(thing).is_some_and(|(own, _)| own >= version))
    }

    fn put(&mut self, change: &Change, version: Version) -> Result<(), StoreError> {
        match change {
            Change::Put(change) => {
                let value = change.body.as_ref().and_then(|body| body.parse().ok());
                self.state.insert(change.id.clone(), (version, value));
            }
            Change::Forgotten { id, .. } => drop(self.state.insert(id.clone(), (version, None))),
            Change::Keys(_) | Change::Scenarios => {
                let thing = if matches!(change, Change::Keys(_)) { "keys" } else { "scenarios" };
                if let Some(read) = self.read()?.remove(thing) {
                    self.state.insert(thing.to_owned(), read);
                }
            }
            Change::Lost => {
                for (thing, (_, value)) in &self.state {
                    fails(&self.weather)?;
                    let mut shared = self.shared.lock();
                    if !shared.state.contains_key(thing)
                        && let Some(value) = *value
                    {
                        shared.write(thing, Some(value), put(thing, value));
                    }
                }
            }
            Change::Everything => self.state = self.read()?,
            Change::Reset | Change::Namespace(_) | Change::ScenariosOf(_) | Change::ResetOf(_) | Change::Unknown => {}
        }
        Ok(())
    }
}

impl Replica for Memory {
    async fn put_in_force(&mut self, changes: &[Told]) -> anyhow::Result<Vec<Position>> {
        let losses = self.shared.lock().losses;
        if let Some(last) = changes.last() {
            let place = Place::parse(&last.position.0)?;
            self.told = self.shared.lock().past.get(&place).cloned().unwrap_or_default();
        }
        for Told { position, change } in changes {
            let place = Place::parse(&position.0)?;
            let number =
                self.shared.lock().log.iter().find(|entry| entry.place == place).map_or(0, |entry| entry.number);
            self.put(change, (losses, number))?;
        }
        Ok(Vec::new())
    }

    fn set_current(&self, is_current: bool) {
        self.is_current.set(is_current);
    }

    fn set_cut_off(&self, _: bool) {}

    async fn see_to(&mut self, _: Pulse) {}
}

/// What happens.
#[derive(Clone, Debug)]
enum Event {
    Write(Write),
    /// A replica looks at the changes.
    Turn(usize),
    /// A replica's next calls fail or not, the last of these first.
    Fail(usize, Vec<bool>),
    /// This is written while the replica reads next.
    Late(usize, Vec<Write>),
    Restart(usize),
    Lose,
}

fn writes() -> impl Strategy<Value = Write> {
    prop_oneof![
        (0..THINGS, any::<u8>()).prop_map(|(thing, value)| Write::Put(thing, value)),
        (0..THINGS).prop_map(Write::Forget),
        any::<u8>().prop_map(Write::Read),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    let who = || 0..REPLICAS;
    prop_oneof![
        4 => writes().prop_map(Event::Write),
        6 => who().prop_map(Event::Turn),
        3 => (who(), prop::collection::vec(any::<bool>(), 1..6)).prop_map(|(who, which)| Event::Fail(who, which)),
        2 => (who(), prop::collection::vec(writes(), 1..3)).prop_map(|(who, late)| Event::Late(who, late)),
        1 => who().prop_map(Event::Restart),
        1 => Just(Event::Lose),
    ]
}

struct World {
    shared: Arc<Mutex<Shared>>,
    all: Vec<(Follower<Memory>, Arc<Feed>)>,
}

impl World {
    fn new() -> Self {
        let shared = Arc::default();
        Self { all: (0..REPLICAS).map(|_| join(&shared)).collect(), shared }
    }

    fn happen(&mut self, event: Event, runtime: &tokio::runtime::Runtime) {
        match event {
            Event::Write(write) => write.on(&mut self.shared.lock()),
            Event::Turn(who) => drop(runtime.block_on(self.all[who].0.step())),
            Event::Fail(who, which) => self.all[who].1.weather.lock().failing = which,
            Event::Late(who, late) => self.all[who].1.weather.lock().late = late,
            Event::Restart(who) => self.all[who] = join(&self.shared),
            Event::Lose => self.shared.lock().lose(),
        }
        for (follower, feed) in &self.all {
            let memory = &follower.replica;
            if memory.is_current.get() {
                assert!(memory.is_no_older_than(&memory.told), "ready with {:?}, told {:?}", memory.state, memory.told);
            }
            let said = feed.cursor.lock().place();
            let then = self.shared.lock().past.get(&said).cloned().unwrap_or_default();
            assert!(memory.is_no_older_than(&then), "says {said} with {:?}, and that is {then:?}", memory.state);
        }
    }
}

fn join(shared: &Arc<Mutex<Shared>>) -> (Follower<Memory>, Arc<Feed>) {
    let weather = Arc::<Mutex<Weather>>::default();
    let (shared, cursor) = (Arc::clone(shared), Mutex::default());
    let memory = Memory {
        shared: Arc::clone(&shared),
        weather: Arc::clone(&weather),
        state: State::new(),
        told: State::new(),
        is_current: std::cell::Cell::new(false),
    };
    let feed = Arc::new(Feed { shared, weather, cursor });
    (Follower::new(memory, Arc::clone(&feed) as Arc<dyn Changes>), feed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn s01_in_the_end_every_replica_equals_the_store(history in prop::collection::vec(events(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let mut world = World::new();
        for event in history {
            world.happen(event, &runtime);
        }
        for who in 0..REPLICAS {
            world.happen(Event::Fail(who, Vec::new()), &runtime);
        }
        // One puts back what was lost, and all see what came of it.
        for turn in 0..6 * REPLICAS {
            world.happen(Event::Turn(turn % REPLICAS), &runtime);
        }
        let state = world.shared.lock().state.clone();
        for (follower, _) in &world.all {
            prop_assert!(follower.replica.is_current.get());
            prop_assert_eq!(&follower.replica.state, &state);
        }
    }
}
