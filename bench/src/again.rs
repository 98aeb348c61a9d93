//! A command of this program, in a process of its own.

use crate::cli::Exit;
use serde::de::DeserializeOwned;
use std::env;
use std::process::{Command, Stdio};

/// What it says as JSON. Where it is, it tells on stderr.
pub(crate) fn in_another_process<T: DeserializeOwned>(arguments: &[&str]) -> Result<T, Exit> {
    let failed = |what: String| Exit::Failed(format!("{}: {what}", arguments.join(" ")));
    let program = env::current_exe().map_err(|error| failed(error.to_string()))?;
    let output = Command::new(program)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))
}
