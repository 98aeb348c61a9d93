//! `timers`
use crate::cli::Exit;
use clap::Args;
/// x
#[derive(Debug, Args)]
pub(crate) struct Options {}
pub(crate) fn command(_: &Options) -> Result<(), Exit> {
    Ok(())
}
