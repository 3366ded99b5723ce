//! The gateway behind load balancers: nginx, HAProxy and Caddy as `deploy/` configures them, real programs before two
//! and three replicas over one Redis.

mod faults;
pub(crate) mod kind;
mod limits;
mod site;
mod tokens;
mod upgrade;
mod users;
mod vendors;
mod wire;
