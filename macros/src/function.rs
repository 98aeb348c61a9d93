//! The function below the attribute.

use crate::problems::Problems;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, FnArg, Signature, Visibility};

pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// Braces and all between them, unread: the compiler finds its errors where they were written.
    pub(crate) body: Group,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Function> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let no_function =
            |error: Error| Error::new(error.span(), format!("{error}; a test is an `async fn` with a body"));
        let sig = input.parse().map_err(no_function)?;
        let body = braces(input).map_err(no_function)?;
        Ok(Function { attrs, vis, sig, body })
    }
}

impl Function {
    /// What no test can be.
    pub(crate) fn check(&mut self, problems: &mut Problems) {
        self.check_signature(problems);
        // They are taken away, or the compiler would complain of them too.
        for second in self.attrs.extract_if(.., |attr| is_test(attr)) {
            problems
                .add(second, "second test attribute: `#[airmail::test]` makes it a test; remove this one");
        }
    }

    fn check_signature(&self, problems: &mut Problems) {
        let sig = &self.sig;
        if sig.asyncness.is_none() {
            problems.add(
                sig.fn_token,
                "`async` is missing: `#[airmail::test]` runs an `async fn`; write `async fn`, or `#[test]` for a \
                 function that awaits nothing",
            );
        }
        if let Some(self_ @ FnArg::Receiver(_)) = sig.inputs.first() {
            problems.add(
                self_,
                "a method is no test, as there is no `self` to call it with; move it out of the `impl`",
            );
        } else if !sig.inputs.is_empty() {
            problems.add(
                &sig.inputs,
                "a test has no arguments, as there is nobody to pass them; make them locals, or call this function \
                 from a test",
            );
        }
        if !sig.generics.params.is_empty() {
            problems.add(
                &sig.generics,
                "a test has no generic parameters, as there is nobody to choose them; call this function from a \
                 test for each type",
            );
        }
        if let Some(unsafe_) = &sig.unsafety {
            problems.add(unsafe_, "a test is called by safe code; write the `unsafe` inside");
        }
        if let Some(abi) = &sig.abi {
            problems.add(abi, "a test is called by Rust code; remove this");
        }
    }

    /// The function itself, without `attrs`.
    pub(crate) fn bare(&self) -> TokenStream {
        let Function { sig, body, .. } = self;
        quote! { #sig #body }
    }
}

/// The braces as they are, with their places. A macro's `$body:block` comes in an invisible group.
fn braces(input: ParseStream<'_>) -> syn::Result<Group> {
    let mut token = input.parse()?;
    loop {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return Ok(group),
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                token = syn::parse2(group.stream())?;
            }
            other => return Err(Error::new(other.span(), "expected braces")),
        }
    }
}

/// What was written, for the tools that look at it although there is an error.
impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.attrs.iter().for_each(|attr| attr.to_tokens(tokens));
        self.vis.to_tokens(tokens);
        tokens.extend(self.bare());
    }
}

/// `#[test]`, and every `#[some::test]`.
fn is_test(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "test")
}
