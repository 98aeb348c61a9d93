//! What the options' values may be.

use crate::problems::Problems;
use quote::ToTokens;
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
    path.unwrap_or_else(|| parse_quote!(::airmail))
}

/// `flavor = "current_thread"`.
pub(crate) fn flavor(value: Option<&Expr>, problems: &mut Problems) {
    let Some(value) = value else { return };
    let message = "there is one flavor, `flavor = \"current_thread\"`, and it may be left out";
    let Some(text) = string(value, problems, message) else { return };
    match &*text.value() {
        "current_thread" => {}
        "multi_thread" => problems.add(
            text,
            "airmail has no multi-thread runtime yet; remove `flavor`: the test runs on one thread, with the same \
             `spawn`",
        ),
        _ => problems.add(text, message),
    }
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

/// `seeds = 100`, or a constant expression, which the compiler checks.
pub(crate) fn seeds(value: Expr, problems: &mut Problems) -> Expr {
    match literal(&value) {
        Some(Lit::Int(number)) if number.base10_digits() == "0" => problems.add(number, NO_SEEDS),
        Some(Lit::Int(_)) | None => {}
        Some(other) => {
            let other = other.to_token_stream();
            problems
                .add(&other, format!("`seeds` says how many times the test runs, `{other}` is no number"));
        }
    }
    value
}

/// `true` if the macro has seen that there are seeds.
pub(crate) fn is_number(value: &Expr) -> bool {
    matches!(literal(value), Some(Lit::Int(_)))
}

/// Said by the macro of a literal, by the compiler of an expression.
pub(crate) const NO_SEEDS: &str = "`seeds` is 0: the test would not run; at least 1";
