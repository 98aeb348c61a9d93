//! The attribute without a compiler: text in, text out. That the text works is tested where airmail is.

mod errors;
mod errors_of_main;
mod plain;
mod program;
mod simulation;

use crate::kind::Kind;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};

fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The tokens with a blank between any two, so that texts which differ in layout only are equal.
fn normal(tokens: TokenStream) -> String {
    let token = |token| match token {
        TokenTree::Group(group) => {
            let (open, close) = match group.delimiter() {
                Delimiter::Parenthesis => ("(", ")"),
                Delimiter::Brace => ("{", "}"),
                Delimiter::Bracket => ("[", "]"),
                Delimiter::None => ("", ""),
            };
            format!("{open} {} {close}", normal(group.stream()))
        }
        other => other.to_string(),
    };
    tokens.into_iter().map(token).collect::<Vec<_>>().join(" ")
}

/// What an attribute with these options makes of `item`. It can be read, whatever is wrong.
fn expansion(kind: Kind, options: &str, item: &str) -> (TokenStream, syn::File) {
    let expansion = crate::expand::attribute(kind, tokens(options), tokens(item));
    let file = syn::parse2(expansion.clone()).unwrap_or_else(|error| panic!("{error}: {expansion}"));
    (expansion, file)
}

fn expand(options: &str, item: &str) -> String {
    normal(expansion(Kind::Test, options, item).0)
}

fn expand_main(options: &str, item: &str) -> String {
    normal(expansion(Kind::Main, options, item).0)
}

#[track_caller]
fn becomes(options: &str, item: &str, expected: &str) {
    assert_eq!(expand(options, item), normal(tokens(expected)));
}

/// `true` if this is a part of that text.
fn has(text: &str, part: &str) -> bool {
    text.contains(&normal(tokens(part)))
}

/// One error, which says all of this.
#[track_caller]
fn one_error(kind: Kind, options: &str, item: &str, parts: &[&str]) {
    let found = errors(kind, options, item);
    let [message] = &found[..] else { panic!("{options:?} {item:?}: {found:#?}") };
    for part in parts {
        assert!(message.contains(part), "{part:?} is missing in {message:?}");
    }
}

/// The messages of all the `compile_error!`s in what comes out.
fn errors(kind: Kind, options: &str, item: &str) -> Vec<String> {
    struct Messages(Vec<String>);

    impl Visit<'_> for Messages {
        fn visit_macro(&mut self, call: &syn::Macro) {
            if call.path.segments.last().is_some_and(|last| last.ident == "compile_error") {
                self.0.push(call.parse_body::<syn::LitStr>().expect("a message").value());
            }
            visit::visit_macro(self, call);
        }
    }

    let mut messages = Messages(Vec::new());
    messages.visit_file(&expansion(kind, options, item).1);
    messages.0
}
