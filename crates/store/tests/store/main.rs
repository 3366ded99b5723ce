//! The stores: the behaviour suite over each, a model that both are run against at random, and what holds when their
//! servers or their process fail.

mod carry;
mod chains;
mod embedded;
mod kill;
mod model;
mod redis;
mod torn;
