//! Reads of an item what a test may rely on, as it can be written without knowing bodies or callers.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Fields, FnArg, GenericParam, Generics, ImplItem, Item, ItemEnum, ItemImpl, ItemStruct, ItemTrait, Pat,
    ReceiverKind, ReturnType, Safety, Signature, TraitItem, Type,
};

use super::super::items::token_words;
use super::agreement::{Agreement, WHOLE, parameter};

/// The types of what an item defines, and the first line of a type or a module.
pub fn agreements(item: &Item) -> Vec<Agreement> {
    match item {
        Item::Fn(item) => {
            let written = pointer(&item.sig, None).or_else(|| first_line(&item.sig, None));
            agreed(item.sig.ident.to_string(), written).collect()
        }
        Item::Const(item) if item.generics.params.is_empty() => {
            agreed(item.ident.to_string(), written(&item.ty)).collect()
        }
        Item::Static(item) => {
            let written = written(&item.ty).map(|written| format!("static {written}"));
            agreed(item.ident.to_string(), written).collect()
        }
        Item::Struct(item) => of_struct(item),
        Item::Enum(item) => of_enum(item),
        Item::Union(item) => vec![of_type(&item.ident.to_string(), &item.generics)],
        Item::Type(item) => vec![of_type(&item.ident.to_string(), &item.generics)],
        Item::Mod(item) => vec![(item.ident.to_string(), format!("mod {}", item.ident))],
        Item::Impl(item) if item.trait_.is_none() => of_methods(item),
        Item::Trait(item) => of_trait(item),
        _ => Vec::new(),
    }
}

fn agreed(name: String, written: Option<String>) -> impl Iterator<Item = Agreement> {
    written.into_iter().map(move |written| (name.clone(), written))
}

/// `type Pair<A, B>`: no bounds, since an alias has none.
fn of_type(name: &str, generics: &Generics) -> Agreement {
    let mut generics = generics.clone();
    for parameter in &mut generics.params {
        match parameter {
            GenericParam::Lifetime(lifetime) => lifetime.bounds.clear(),
            GenericParam::Type(parameter) => (parameter.bounds, parameter.default) = Default::default(),
            GenericParam::Const(parameter) => parameter.default = None,
        }
    }
    let parameters = spaced(generics.split_for_impl().0.to_token_stream());
    (name.to_owned(), format!("type {name}{parameters}"))
}

fn of_struct(item: &ItemStruct) -> Vec<Agreement> {
    let owner = Owner::of_type(&item.ident.to_string(), &item.generics);
    let fields = item.fields.iter().enumerate().filter_map(|(index, field)| {
        let written = written(&field.ty)?;
        let name = field
            .ident
            .as_ref()
            .map_or(index.to_string(), ToString::to_string);
        let written = match owner.parameters().strip_prefix('<') {
            None => written,
            Some(more) => {
                let (whole, clause) = (&owner.text, spaced(owner.generics.where_clause.to_token_stream()));
                format!("fn field<'hebb, {more}({WHOLE}: &'hebb {whole}) -> &'hebb ({written}) {clause}")
            }
        };
        Some((format!("{}.{name}", owner.name), written))
    });
    let fields: Vec<Agreement> = fields.collect();
    fields
        .into_iter()
        .chain([of_type(&owner.name, &item.generics)])
        .collect()
}

/// Variants as what makes them.
fn of_enum(item: &ItemEnum) -> Vec<Agreement> {
    let owner = Owner::of_type(&item.ident.to_string(), &item.generics);
    let parameters = owner.parameters();
    let variants = item.variants.iter().filter_map(|variant| {
        let types = variant.fields.iter().map(|field| written(&field.ty));
        let types = types.collect::<Option<Vec<String>>>()?;
        let (name, owner) = (&variant.ident, &owner.text);
        let made = match &variant.fields {
            Fields::Unnamed(_) if parameters.is_empty() => format!("fn({}) -> {owner}", types.join(", ")),
            Fields::Unnamed(_) => {
                let given = types
                    .iter()
                    .enumerate()
                    .map(|(index, written)| format!("field_{index}: {written}"));
                let given = given.collect::<Vec<_>>().join(", ");
                format!("fn {name}{parameters}({given}) -> {owner}")
            }
            Fields::Named(fields) if parameters.is_empty() => {
                format!("{name} {{ {} }}", spaced(fields.named.to_token_stream()))
            }
            _ => return None,
        };
        Some((format!("{}::{name}", item.ident), made))
    });
    let variants: Vec<Agreement> = variants.collect();
    let own = of_type(&owner.name, &item.generics);
    variants.into_iter().chain([own]).collect()
}

fn of_methods(item: &ItemImpl) -> Vec<Agreement> {
    let Some(owner) = Owner::of_methods(item) else {
        return Vec::new();
    };
    let members = item.items.iter().filter_map(|member| match member {
        ImplItem::Fn(member) => Some((&member.sig.ident, method(&member.sig, &owner)?)),
        ImplItem::Const(member) if owner.parameters().is_empty() => {
            Some((&member.ident, of_owner(&written(&member.ty)?, Some(&owner.text))))
        }
        _ => None,
    });
    let members = members.map(|(name, written)| (format!("{}::{name}", owner.name), written));
    members.collect()
}

/// Methods of whatever has the trait.
fn of_trait(item: &ItemTrait) -> Vec<Agreement> {
    let Some(owner) = Owner::of_trait(item) else {
        return Vec::new();
    };
    let methods = item.items.iter().filter_map(|member| match member {
        TraitItem::Fn(member) if member.sig.receiver().is_some() => Some((
            format!("{}::{}", item.ident, member.sig.ident),
            first_line(&member.sig, Some(&owner))?,
        )),
        _ => None,
    });
    methods.collect()
}

/// Whose methods and fields these are.
struct Owner {
    /// Where they are found: `Stack`.
    name: String,
    /// What has them: `Stack<T>`.
    text: String,
    generics: Generics,
}

impl Owner {
    fn of_type(name: &str, generics: &Generics) -> Owner {
        let mut generics = generics.clone();
        for parameter in generics.type_params_mut() {
            parameter.default = None;
        }
        let arguments = spaced(generics.split_for_impl().1.to_token_stream());
        Owner {
            name: name.to_owned(),
            text: format!("{name}{arguments}"),
            generics,
        }
    }

    fn of_methods(item: &ItemImpl) -> Option<Owner> {
        let text = written(&item.self_ty)?;
        let Type::Path(path) = &*item.self_ty else {
            return None;
        };
        let name = &path
            .path
            .segments
            .last()
            .filter(|_| path.path.segments.len() == 1)?
            .ident;
        Some(Owner {
            name: name.to_string(),
            text,
            generics: item.generics.clone(),
        })
    }

    fn of_trait(item: &ItemTrait) -> Option<Owner> {
        let mut owner = Owner::of_type(&item.ident.to_string(), &item.generics);
        let bound: GenericParam = syn::parse_str(&format!("{ANYONE}: {}", owner.text)).ok()?;
        owner.generics.params.push(bound);
        owner.text = ANYONE.to_owned();
        Some(owner)
    }

    /// `<T: Copy>`; nothing if there are none.
    fn parameters(&self) -> String {
        spaced(self.generics.split_for_impl().0.to_token_stream())
    }
}

/// Stands for what has a trait.
const ANYONE: &str = "Anyone";

fn method(signature: &Signature, owner: &Owner) -> Option<String> {
    let plain = owner
        .parameters()
        .is_empty()
        .then(|| pointer(signature, Some(&owner.text)));
    plain.flatten().or_else(|| first_line(signature, Some(owner)))
}

/// The type of a function as a pointer; `owner` is the type whose method it is.
fn pointer(signature: &Signature, owner: Option<&str>) -> Option<String> {
    if !is_plain(signature)
        || signature.generics.where_clause.is_some()
        || borrows_from_self(signature, owner)
    {
        return None;
    }
    let mut lifetimes = Vec::new();
    for parameter in &signature.generics.params {
        match parameter {
            GenericParam::Lifetime(lifetime) if lifetime.bounds.is_empty() => {
                lifetimes.push(lifetime.lifetime.to_string());
            }
            _ => return None,
        }
    }
    let parameters = signature.inputs.iter().map(|input| given(input, owner));
    let parameters = parameters.collect::<Option<Vec<String>>>()?;
    let output = match &signature.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, output) => format!(" -> {}", written(output)?),
    };
    let binder = match lifetimes.is_empty() {
        true => String::new(),
        false => format!("for<{}> ", lifetimes.join(", ")),
    };
    let pointer = format!("{binder}fn({}){output}", parameters.join(", "));
    Some(of_owner(&pointer, owner))
}

/// The first line of a function, with plain names for what it is given; of a method, as a function of its owner.
fn first_line(signature: &Signature, owner: Option<&Owner>) -> Option<String> {
    if !is_plain(signature) || borrows_from_self(signature, owner.map(|owner| owner.text.as_str())) {
        return None;
    }
    let mut line = signature.clone();
    for input in &mut line.inputs {
        match input {
            FnArg::Receiver(_) => {
                let whole = given(input, owner.map(|owner| owner.text.as_str()))?;
                *input = syn::parse_str(&format!("{WHOLE}: {whole}")).ok()?;
            }
            FnArg::Typed(typed) => {
                if let Pat::Ident(name) = &mut *typed.pat {
                    name.mutability = None;
                }
            }
        }
        parameter(input)?;
    }
    line.constness = None;
    if let Some(owner) = owner {
        let own = line.generics.params.into_iter();
        let all = owner.generics.params.iter().cloned().chain(own);
        // Lifetimes stand first.
        let (lifetimes, others): (Vec<_>, Vec<_>) =
            all.partition(|it| matches!(it, GenericParam::Lifetime(_)));
        line.generics.params = lifetimes.into_iter().chain(others).collect();
        line.generics.lt_token = Some(Default::default());
        line.generics.gt_token = Some(Default::default());
        if let Some(clause) = &owner.generics.where_clause {
            line.generics
                .make_where_clause()
                .predicates
                .extend(clause.predicates.iter().cloned());
        }
    }
    Some(of_owner(
        &spaced(line.to_token_stream()),
        owner.map(|owner| owner.text.as_str()),
    ))
}

/// The type of a parameter; of `self`, that of the owner.
fn given(input: &FnArg, owner: Option<&str>) -> Option<String> {
    match input {
        FnArg::Typed(typed) => written(&typed.ty),
        FnArg::Receiver(receiver) => match &receiver.kind {
            ReceiverKind::Value => Some(owner?.to_owned()),
            ReceiverKind::Reference(_, lifetime, mutability) => {
                let lifetime = lifetime.as_ref().map_or(String::new(), |name| format!("{name} "));
                let mutability = if mutability.is_some() { "mut " } else { "" };
                Some(format!("&{lifetime}{mutability}{}", owner?))
            }
            _ => None,
        },
    }
}

/// Whether what a method gives is borrowed from `self` because it does not say from what: outside of methods, nothing knows `self`.
fn borrows_from_self(signature: &Signature, owner: Option<&str>) -> bool {
    let borrowed = |text: &String| text.contains(['&', '\'', '<']);
    let inputs = signature.inputs.iter().filter_map(|input| given(input, owner));
    let output = match &signature.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, output) => output.to_token_stream().to_string(),
    };
    owner.is_some() && borrowed(&output) && inputs.filter(borrowed).count() > 1
}

fn is_plain(signature: &Signature) -> bool {
    let safe = !matches!(signature.safety, Safety::Unsafe(_));
    safe && signature.asyncness.is_none() && signature.variadic.is_none() && signature.abi.is_none()
}

/// None for a type that only the compiler knows.
fn written(written: &Type) -> Option<String> {
    let mut names = std::collections::HashSet::new();
    let tokens = written.to_token_stream();
    token_words(tokens.clone(), &mut names);
    let known = !["impl", "_"].iter().any(|word| names.contains(*word));
    known.then(|| spaced(tokens))
}

/// The text with the owner's name for `Self`.
fn of_owner(text: &str, owner: Option<&str>) -> String {
    let Some(owner) = owner else {
        return text.to_owned();
    };
    let mut written = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("Self") {
        let (before, after) = (&rest[..at], &rest[at + "Self".len()..]);
        let is_word = !before.ends_with(unicode_ident::is_xid_continue)
            && !after.starts_with(unicode_ident::is_xid_continue);
        written.push_str(before);
        written.push_str(if is_word { owner } else { "Self" });
        rest = after;
    }
    written + rest
}

/// Tokens as a person would space them, about: `&Tensor`, `Vec<f32>`.
pub(super) fn spaced(tokens: TokenStream) -> String {
    let mut text = String::new();
    let mut before_word = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let inner = spaced(group.stream());
                let (open, close) = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::Brace => ("{", "}"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                text.push_str(&format!("{open}{inner}{close}"));
                before_word = false;
            }
            TokenTree::Punct(punct) => {
                text.push(punct.as_char());
                if matches!(punct.as_char(), ',' | ';') {
                    text.push(' ');
                }
                before_word = false;
            }
            word => {
                if before_word {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
                before_word = true;
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::agreement::{line, parts};
    use super::*;

    fn of(code: &str) -> Vec<Agreement> {
        agreements(&syn::parse_str::<Item>(code).unwrap())
    }

    /// What is agreed on, and the line that holds it.
    fn lines(code: &str) -> String {
        let each = of(code).into_iter().map(|agreement| {
            let (name, written) = &agreement;
            format!("{name}: {written}\n    {}", line(&agreement))
        });
        each.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn types_are_written_where_they_can_be() {
        let rows = [
            ("fn f() {}", Some("fn()")),
            (
                "fn f(x: &Tensor, mut n: usize) -> Vec<f32> { x }",
                Some("fn(&Tensor, usize) -> Vec<f32>"),
            ),
            (
                "fn f<'a>(x: &'a str) -> &'a str { x }",
                Some("for<'a> fn(&'a str) -> &'a str"),
            ),
            (
                "fn f(g: &dyn Fn(f32) -> f32, [a, b]: [u8; 2]) -> (i32, bool) {}",
                Some("fn(&dyn Fn(f32)->f32, [u8; 2]) -> (i32, bool)"),
            ),
            ("fn f(mut g: impl Fn()) {}", Some("fn f(g:impl Fn())")),
            (
                "const fn f<T: Copy>(x: T) -> T where T: Sized { x }",
                Some("fn f<T:Copy>(x:T)->T where T:Sized"),
            ),
            ("fn f<T>((x, y): (T, T)) {}", None),
            ("async fn f() {}", None),
            ("const f: [f32; 2] = [0.; 2];", Some("[f32; 2]")),
            ("static f: f32 = 0.;", Some("static f32")),
            ("type f = u8;", Some("type f")),
            ("mod f {}", Some("mod f")),
            ("use a::f;", None),
        ];
        for (code, written) in rows {
            let written: Vec<Agreement> = written
                .into_iter()
                .map(|written| ("f".to_owned(), written.to_owned()))
                .collect();
            assert_eq!(of(code), written, "{code}");
        }
    }

    #[test]
    fn a_line_holds_a_name_to_its_type() {
        let items = [
            "fn f(x: i32) -> i32 { x }",
            "fn f<T: Copy>(x: T, n: usize) -> T { x }",
            "const RATE: f32 = 0.1;",
            "static NAME: &str = \"\";",
            "mod layers { }",
            "struct Pair<'a, A: Copy, const N: usize = 2> where A: Clone { first: &'a [A; N] }",
            "struct P { x: f32, pub names: Vec<&'static str> }",
            "struct Metres(f64);",
            "enum Shape { Point, Circle(f32), Square { side: f32, name: &'static str } }",
            "enum List<T> { Empty, Cons(T, Box<List<T>>), Named { it: T } }",
            "trait Area<T> { fn area(&self, unit: T) -> f32; fn zero() -> Self; fn own(self) -> Self where Self: Sized; }",
        ];
        insta::assert_snapshot!(items.map(lines).join("\n"), @"
        f: fn(i32) -> i32
            const _: fn(i32) -> i32 = f;
        f: fn f<T:Copy>(x:T, n:usize)->T
            fn __hebb_f<T:Copy>(x:T, n:usize)->T { f(x, n) }
        RATE: f32
            const _: f32 = RATE;
        NAME: static &str
            fn __hebb_NAME() { let _: &(&str) = &NAME; }
        layers: mod layers
            mod __hebb_layers { use super::layers::*; }
        Pair.first: fn field<'hebb, 'a, A:Copy, const N:usize>(self_: &'hebb Pair<'a, A, N>) -> &'hebb (&'a[A; N]) where A:Clone
            fn __hebb_Pair_first<'hebb, 'a, A:Copy, const N:usize>(self_:&'hebb Pair<'a, A, N>)->&'hebb(&'a[A; N])where A:Clone { &self_.first }
        Pair: type Pair<'a, A, const N:usize>
            type __hebb_Pair<'a, A, const N:usize> = Pair<'a, A, N>;
        P.x: f32
            const _: for<'hebb> fn(&'hebb P) -> &'hebb (f32) = |it| &it.x;
        P.names: Vec<&'static str>
            const _: for<'hebb> fn(&'hebb P) -> &'hebb (Vec<&'static str>) = |it| &it.names;
        P: type P
            type __hebb_P = P;
        Metres.0: f64
            const _: for<'hebb> fn(&'hebb Metres) -> &'hebb (f64) = |it| &it.0;
        Metres: type Metres
            type __hebb_Metres = Metres;
        Shape::Circle: fn(f32) -> Shape
            const _: fn(f32) -> Shape = Shape::Circle;
        Shape::Square: Square { side:f32, name:&'static str }
            fn __hebb_Shape__Square(side:f32, name:&'static str) -> Shape { Shape::Square { side, name } }
        Shape: type Shape
            type __hebb_Shape = Shape;
        List::Cons: fn Cons<T>(field_0: T, field_1: Box<List<T>>) -> List<T>
            fn __hebb_List__Cons<T>(field_0:T, field_1:Box<List<T>>)->List<T> { List::Cons(field_0, field_1) }
        List: type List<T>
            type __hebb_List<T> = List<T>;
        Area::area: fn area<T, Anyone:Area<T>>(self_:&Anyone, unit:T)->f32
            fn __hebb_Area__area<T, Anyone:Area<T>>(self_:&Anyone, unit:T)->f32 { Area::area(self_, unit) }
        Area::own: fn own<T, Anyone:Area<T>>(self_:Anyone)->Anyone where Anyone:Sized
            fn __hebb_Area__own<T, Anyone:Area<T>>(self_:Anyone)->Anyone where Anyone:Sized { Area::own(self_) }
        ");
    }

    #[test]
    fn methods_are_named_with_their_owner() {
        let code = "impl P { const N: u8 = 1; fn new(x: f32) -> Self { P } fn len(&self, o: &Selfish) -> f32 { 0. } \
            fn at<T>(&self, x: T) {} fn near<'a>(&'a mut self) -> &'a f32 {} fn both(&self, other: &P) -> &f32 {} }";
        insta::assert_snapshot!(lines(code), @"
        P::N: u8
            const _: u8 = P::N;
        P::new: fn(f32) -> P
            const _: fn(f32) -> P = P::new;
        P::len: fn(&P, &Selfish) -> f32
            const _: fn(&P, &Selfish) -> f32 = P::len;
        P::at: fn at<T>(self_:&P, x:T)
            fn __hebb_P__at<T>(self_:&P, x:T) { P::at(self_, x) }
        P::near: for<'a> fn(&'a mut P) -> &'a f32
            const _: for<'a> fn(&'a mut P) -> &'a f32 = P::near;
        ");
        let code = "impl<T: Clone> Stack<T> where T: Copy { const N: u8 = 1; fn new() -> Self {} fn pop(&mut self) -> Option<T> {} \
            fn map<'a, U>(&'a self, f: impl Fn(T) -> U) -> Stack<U> {} fn first(&self) -> &T {} }";
        insta::assert_snapshot!(lines(code), @"
        Stack::new: fn new<T:Clone>()->Stack<T> where T:Copy
            fn __hebb_Stack__new<T:Clone>()->Stack<T>where T:Copy { Stack::new() }
        Stack::pop: fn pop<T:Clone>(self_:&mut Stack<T>)->Option<T>where T:Copy
            fn __hebb_Stack__pop<T:Clone>(self_:&mut Stack<T>)->Option<T>where T:Copy { Stack::pop(self_) }
        Stack::map: fn map<'a, T:Clone, U>(self_:&'a Stack<T>, f:impl Fn(T)->U)->Stack<U>where T:Copy
            fn __hebb_Stack__map<'a, T:Clone, U>(self_:&'a Stack<T>, f:impl Fn(T)->U)->Stack<U>where T:Copy { Stack::map(self_, f) }
        Stack::first: fn first<T:Clone>(self_:&Stack<T>)->&T where T:Copy
            fn __hebb_Stack__first<T:Clone>(self_:&Stack<T>)->&T where T:Copy { Stack::first(self_) }
        ");
        assert_eq!(
            (parts("f"), parts("P.x"), parts("P::f")),
            (("f", None), ("P", Some("x")), ("P", Some("f")))
        );
    }
}
