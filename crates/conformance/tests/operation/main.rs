//! The gateway in operation: HTTPS, configuration and certificates that change while it serves, and its end.

mod bits;
mod certificates;
mod description;
mod development;
mod devices_kept;
mod expiry;
mod fixtures;
mod forensics;
mod journal;
mod magic;
mod needs;
mod orders;
mod outcomes;
mod reload;
mod reload_load;
mod restart;
mod sandbox;
mod sets;
mod signing_keys;
mod state;
mod stop;
mod store;
mod telemetry;
mod vendors;
