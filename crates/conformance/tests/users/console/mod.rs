//! The console in a real browser: every journey, with the keyboard alone too, as every screen shows it.

mod journeys;
mod live;
mod packs;
mod rights;
mod screens;
mod stage;
