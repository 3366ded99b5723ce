//! The load test itself, slower and shorter: that it works, and that nothing is answered wrong. How fast it was is not
//! looked at here.

use bench::replicas::{self, Lengths};
use std::path::Path;

#[test]
fn f11_f12_a_steady_load_behind_nginx_sees_no_wrong_answer_while_replicas_are_killed_and_end() -> anyhow::Result<()> {
    let gateway = testkit::gateway::binary()?;
    let outcome = replicas::run(Path::new(gateway), Lengths::SMOKE, 80)?;
    anyhow::ensure!(outcome.wrong() == 0, "{:?}\n{}", outcome.faults(), outcome.markdown());
    anyhow::ensure!(outcome.requests() > 1_000, "{}", outcome.markdown());
    Ok(())
}
