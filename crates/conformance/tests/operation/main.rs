//! The gateway in operation: HTTPS, configuration and certificates that change while it serves, and its end.

mod bits;
mod certificates;
mod development;
mod reload;
mod reload_load;
mod stop;
