//! What the options' values may be.

use crate::kind::{Flavor, Kind};
use crate::problems::Problems;
use proc_macro_crate::{FoundCrate, crate_name};
use quote::{ToTokens, format_ident};
use std::time::Duration;
use syn::{Expr, ExprLit, Lit, LitBool, LitStr, Path, parse_quote};

/// The literal that an expression is. A macro's `$value:expr` comes in an invisible group.
fn literal(mut value: &Expr) -> Option<&Lit> {
    while let Expr::Group(group) = value {
        value = &group.expr;
    }
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        _ => None,
    }
}

fn string<'a>(value: &'a Expr, problems: &mut Problems, message: &str) -> Option<&'a LitStr> {
    if let Some(Lit::Str(text)) = literal(value) {
        return Some(text);
    }
    problems.add(value, message);
    None
}

/// `crate = "path"`; without it, airmail's own name.
pub(crate) fn path(value: Option<&Expr>, problems: &mut Problems) -> Path {
    let message = "`crate` is a path in quotes, as in `crate = \"airmail\"`";
    let written = value.and_then(|value| string(value, problems, message));
    let path = written.and_then(|text| {
        text.parse_with(Path::parse_mod_style).map_err(|_| problems.add(text, message)).ok()
    });
    path.unwrap_or_else(where_it_is)
}

/// airmail by the name that the package has for it: one that was renamed is found.
fn where_it_is() -> Path {
    match crate_name("airmail") {
        Ok(FoundCrate::Name(name)) => {
            let name = format_ident!("{name}");
            parse_quote!(::#name)
        }
        Ok(FoundCrate::Itself) | Err(_) => parse_quote!(::airmail),
    }
}

/// `flavor = "multi_thread"`. `None` if it is none.
pub(crate) fn flavor(value: &Expr, kind: Kind, problems: &mut Problems) -> Option<Flavor> {
    let default = match kind.flavor() {
        Flavor::MultiThread => "multi_thread",
        Flavor::CurrentThread | Flavor::Local => "current_thread",
    };
    let message = format!(
        "a flavor is `\"multi_thread\"`, `\"current_thread\"` or `\"local\"`; without one it is \
         `\"{default}\"`"
    );
    let text = string(value, problems, &message)?;
    let flavor = Flavor::named(&text.value());
    if flavor.is_none() {
        problems.add(text, message);
    }
    flavor
}

pub(crate) fn is_multi_thread(value: &Expr) -> bool {
    matches!(literal(value), Some(Lit::Str(text)) if Flavor::named(&text.value()) == Some(Flavor::MultiThread))
}

/// `start_paused = true`.
pub(crate) fn switch(value: Option<Expr>, problems: &mut Problems) -> Option<LitBool> {
    let value = value?;
    if let Some(Lit::Bool(on)) = literal(&value) {
        return Some(on.clone());
    }
    problems.add(value, "`start_paused` is `true` or `false`");
    None
}

/// `grace = "5s"`. `None` if it is none.
pub(crate) fn duration(value: &Expr, problems: &mut Problems) -> Option<Duration> {
    let message =
        "`grace` is a time in quotes, as in `grace = \"5s\"`: a whole number and `ms`, `s` or `min`";
    let text = string(value, problems, message)?;
    let duration = parse_duration(&text.value());
    if duration.is_none() {
        problems.add(text, message);
    }
    duration
}

fn parse_duration(text: &str) -> Option<Duration> {
    let unit = text.find(|letter: char| !letter.is_ascii_digit())?;
    let number = text[..unit].parse().ok()?;
    match &text[unit..] {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "min" => Some(Duration::from_secs(number.checked_mul(60)?)),
        _ => None,
    }
}

/// `seeds = 100`, or a constant expression, which the compiler checks.
pub(crate) fn seeds(value: Expr, problems: &mut Problems) -> Expr {
    number(value, "`seeds` says how many times the test runs", NO_SEEDS, problems)
}

/// `worker_threads = 4`, or a constant expression, which the compiler checks.
pub(crate) fn workers(value: Expr, problems: &mut Problems) -> Expr {
    if let Some(Lit::Int(number)) = literal(&value)
        && number.base10_parse::<u128>().map_or(true, |workers| workers > MOST_WORKERS)
    {
        problems.add(
            number,
            format!("`worker_threads` is {number}; a runtime has at most {MOST_WORKERS} workers"),
        );
    }
    number(value, "`worker_threads` says how many workers there are", NO_WORKERS, problems)
}

/// A number that is not 0, as far as it can be seen here.
fn number(value: Expr, what: &str, none: &str, problems: &mut Problems) -> Expr {
    match literal(&value) {
        Some(Lit::Int(number)) if number.base10_digits() == "0" => problems.add(number, none),
        Some(Lit::Int(_)) | None => {}
        Some(other) => {
            let other = other.to_token_stream();
            problems.add(&other, format!("{what}, `{other}` is no number"));
        }
    }
    value
}

/// `true` if the macro has seen that it is not 0.
pub(crate) fn is_number(value: &Expr) -> bool {
    matches!(literal(value), Some(Lit::Int(_)))
}

/// Said by the macro of a literal, by the compiler of an expression.
pub(crate) const NO_SEEDS: &str = "`seeds` is 0: the test would not run; at least 1";
pub(crate) const NO_WORKERS: &str = "`worker_threads` is 0: nobody would run the tasks; at least 1";
/// As the builder has it.
const MOST_WORKERS: u128 = 1024;
