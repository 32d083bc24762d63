//! A process that has ended.

use std::process::ExitStatus;

/// What is left of a process that has ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// Everything that it wrote to standard output.
    pub stdout: String,
    /// Everything that it wrote to standard error.
    pub stderr: String,
}

impl Ended {
    /// Asserts that it succeeded.
    #[track_caller]
    pub fn assert_success(&self) -> &Self {
        assert!(self.status.success(), "it failed with {}:\n{}\n{}", self.status, self.stdout, self.stderr);
        self
    }

    /// Asserts that it failed with exit code 1 and a single line on standard error that contains all of these.
    #[track_caller]
    pub fn assert_refused(&self, with: &[&str]) -> &Self {
        assert_eq!(self.status.code(), Some(1), "{self:?}");
        let complaint = self.stderr.trim_end();
        assert_eq!(complaint.lines().count(), 1, "one sentence:\n{complaint}");
        for part in with {
            assert!(complaint.contains(part), "{part:?} is missing in:\n{complaint}");
        }
        self
    }
}
