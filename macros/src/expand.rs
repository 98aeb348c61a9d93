//! What the attribute becomes.
//!
//! The function stays as it was written, inside a function of the same name that calls it. So the compiler checks
//! its body as that of any `async fn`, and reports errors there. Names that are made up here have the macro's own
//! hygiene: no expression of the user's sees them.

use crate::function::Function;
use crate::kind::{Flavor, Kind};
use crate::options::{self, Mode, Options, Runtime, Simulation};
use crate::problems::Problems;
use crate::values::{self, NO_SEEDS, NO_WORKERS};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Expr, FnArg, Path, ReturnType};

/// `#[airmail::main(options)] item`, or `#[airmail::test(options)] item`.
pub(crate) fn attribute(kind: Kind, options: TokenStream, item: TokenStream) -> TokenStream {
    let mut problems = Problems::default();
    let options = options::parse(options, kind, &mut problems);
    let parser = |input: ParseStream<'_>| Function::parse(input, kind);
    let mut function = match parser.parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            problems.push(error);
            return problems.say().into_iter().chain([item]).collect();
        }
    };
    function.check(kind, &mut problems);
    if let Some(errors) = problems.say() {
        return rejected(kind, &function, &errors);
    }
    let Options { airmail, mode } = options;
    match mode {
        Mode::Runtime(runtime) => plain(kind, &function, &airmail, &runtime),
        Mode::Simulation(simulation) => explored(kind, &function, &airmail, &simulation),
    }
}

/// The function as it was written, below what is wrong. Nobody calls it now; that is not to be reported too.
fn rejected(kind: Kind, function: &Function, errors: &TokenStream) -> TokenStream {
    let Function { attrs, vis, sig, body } = function;
    // Nor is it that a `main` is async, or has arguments. The compiler wants one, so there is one.
    let is_method = matches!(sig.inputs.first(), Some(FnArg::Receiver(_)));
    if kind == Kind::Main && sig.ident == "main" && !is_method {
        let name = Ident::new("main", sig.ident.span());
        return quote! { #errors #(#attrs)* #vis fn #name() { #[allow(dead_code)] #sig #body } };
    }
    quote! { #errors #[allow(dead_code)] #function }
}

/// One run, on a real runtime.
fn plain(kind: Kind, function: &Function, airmail: &Path, runtime: &Runtime) -> TokenStream {
    let name = &function.sig.ident;
    let output = &function.sig.output;
    let built = built(kind, airmail, runtime);
    let runtime = match runtime.grace.map(|grace| u64::try_from(grace.as_millis())) {
        None => built,
        Some(millis) => {
            let millis = millis.unwrap_or(u64::MAX);
            quote! { #airmail::runtime::Graceful::new(#built, ::core::time::Duration::from_millis(#millis)) }
        }
    };
    // The future is pinned and its type forgotten, so that `block_on` is compiled once, not for every test.
    let body = quote_spanned! {Span::mixed_site()=>
        let runtime = #runtime;
        let body: ::core::pin::Pin<&mut dyn ::core::future::Future<Output = _>> = ::core::pin::pin!(#name());
        runtime.block_on(body)
    };
    around(kind, function, output, &body)
}

/// The runtime, with all that was chosen.
fn built(kind: Kind, airmail: &Path, runtime: &Runtime) -> TokenStream {
    let Runtime { flavor, workers, start_paused, .. } = runtime;
    let (new, build) = match (kind, flavor) {
        (_, Flavor::MultiThread) => (quote! { new_multi_thread }, quote! { build() }),
        (Kind::Main, Flavor::CurrentThread) => (quote! { new_current_thread }, quote! { build() }),
        // A test's runtime takes tasks that are not `Send`, too.
        (_, Flavor::Local) | (Kind::Test, Flavor::CurrentThread) => (
            quote! { new_current_thread },
            quote! { build_local(#airmail::runtime::LocalOptions::default()) },
        ),
    };
    let workers = workers.as_ref().map(|value| {
        let value = checked(value, NO_WORKERS);
        quote! { .worker_threads(#value) }
    });
    let pause = start_paused.as_ref().map(|on| quote! { .start_paused(#on) });
    let expected = match kind {
        Kind::Main => "the runtime of `main` is built",
        Kind::Test => "the runtime of a test is built",
    };
    quote_spanned! {Span::mixed_site()=>
        #airmail::runtime::Builder::#new() #workers #pause .#build.expect(#expected)
    }
}

/// One run for each seed, in simulated worlds.
fn explored(kind: Kind, function: &Function, airmail: &Path, simulation: &Simulation) -> TokenStream {
    let name = &function.sig.ident;
    let sim = sim(name, airmail, simulation);
    // If a simulation cannot take what the function returns, the compiler says so where that is written.
    let place = match &function.sig.output {
        ReturnType::Type(_, output) => Span::mixed_site().located_at(output.span()),
        ReturnType::Default => Span::mixed_site(),
    };
    let run = quote_spanned! {place=> sim.explore(#name); };
    let body = quote_spanned! {Span::mixed_site()=>
        let sim = { #sim };
        #run
    };
    around(kind, function, &ReturnType::Default, &body)
}

/// The `Sim`, with all that was chosen.
fn sim(name: &Ident, airmail: &Path, simulation: &Simulation) -> TokenStream {
    let text = name.unraw().to_string();
    let Simulation { seeds, faults, strategy, change } = simulation;
    let seeds = checked(seeds, NO_SEEDS);
    let imports = (faults.is_some() || strategy.is_some() || change.is_some()).then(|| {
        quote! {
            #[allow(unused_imports, reason = "each test needs some of them")]
            use #airmail::sim::{Faults, Strategy};
        }
    });
    let faults = faults.as_ref().map(|value| quote! { .faults(#value) });
    let strategy = strategy.as_ref().map(|value| quote! { .strategy(#value) });
    let new = quote! {
        #airmail::sim::Sim::for_test(::core::module_path!(), #text, ::core::env!("CARGO_MANIFEST_DIR"))
            .seeds(#seeds) #faults #strategy
    };
    let Some(change) = change else { return quote! { #imports #new } };
    // A pointer to a function: a closure learns its argument's type from it.
    quote_spanned! {Span::mixed_site()=>
        #imports
        let change: fn(#airmail::sim::Sim) -> #airmail::sim::Sim = #change;
        change(#new)
    }
}

/// A literal was looked at; any other expression has to be constant, and is looked at by the compiler: in an item,
/// which it evaluates even if it only checks.
fn checked(number: &Expr, none: &str) -> TokenStream {
    if values::is_number(number) {
        return number.to_token_stream();
    }
    quote_spanned! {Span::mixed_site().located_at(number.span())=>
        { const _: () = { let number = #number; ::core::assert!(number != 0, #none); }; #number }
    }
}

/// The function inside its caller. Attributes go to the caller, and hold inside as well.
fn around(kind: Kind, function: &Function, output: &ReturnType, body: &TokenStream) -> TokenStream {
    let Function { attrs, vis, sig, .. } = function;
    let (name, bare) = (&sig.ident, function.bare());
    let (test, reason) = match kind {
        Kind::Main => (None, "a program may have nothing to await"),
        Kind::Test => (Some(quote! { #[::core::prelude::v1::test] }), "a test may have nothing to await"),
    };
    quote! {
        #(#attrs)*
        #test
        #vis fn #name() #output {
            #[allow(clippy::unused_async, reason = #reason)]
            #bare
            #body
        }
    }
}
