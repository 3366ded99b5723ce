//! What operators see of a gateway: metrics that a real Prometheus scrapes, the dashboard and the alerts over them, and
//! traces as a collector gets them.

mod alerts;
mod collector;
mod dashboard;
mod exposition;
mod metrics;
mod process;
mod prometheus;
mod secrets;
mod stage;
mod traces;
