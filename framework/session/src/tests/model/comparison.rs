//! The property: whatever happens, on whichever driver, handlers and browsers see what the model predicts.

use proptest::test_runner::{Config, TestError, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

use crate::tests::model::{
    steps::{Machine, On},
    subject::Comparison,
};

struct OnFile;
struct OnMemory;
struct OnSix;

impl On for OnFile {
    const DRIVER: &'static str = "file";
}

impl On for OnMemory {
    const DRIVER: &'static str = "memory";
}

impl On for OnSix {
    const DRIVER: &'static str = "six";
}

/// How many sequences of steps are tried, and how long they are. `PROPTEST_CASES` sets more.
const CASES: u32 = 64;
const STEPS: usize = 60;

/// The configuration of a property that is tried this often unless the environment says how often.
pub(crate) fn config(cases: u32) -> Config {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { Config::default().cases } else { cases };
    Config { cases, failure_persistence: None, ..Config::default() }
}

fn holds<D: On, const OPEN: usize>() {
    let config = config(CASES);
    let steps = Machine::<D, OPEN>::sequential_strategy(1..STEPS);
    let result = TestRunner::new(config.clone()).run(&steps, |(world, steps, seen)| {
        Comparison::<D, OPEN>::test_sequential(config.clone(), world, steps, seen);
        Ok(())
    });
    match result {
        Ok(()) => {}
        Err(TestError::Abort(reason)) => panic!("{reason}"),
        Err(TestError::Fail(reason, (world, steps, _))) => {
            let steps: Vec<String> = steps.iter().map(|step| format!("  {step:?}")).collect();
            panic!("{reason}\nwith {:?}\nafter\n{}", world.sessions.limits, steps.join("\n"));
        }
    }
}

#[test]
fn one_visitor_sees_what_the_model_says_on_file() {
    holds::<OnFile, 1>();
}

#[test]
fn one_visitor_sees_what_the_model_says_on_memory() {
    holds::<OnMemory, 1>();
}

#[test]
fn one_visitor_sees_what_the_model_says_on_six() {
    holds::<OnSix, 1>();
}

#[test]
fn several_visitors_see_what_the_model_says_on_file() {
    holds::<OnFile, 4>();
}

#[test]
fn several_visitors_see_what_the_model_says_on_memory() {
    holds::<OnMemory, 4>();
}

#[test]
fn several_visitors_see_what_the_model_says_on_six() {
    holds::<OnSix, 4>();
}
