//! What is read of items, and the lines that hold a learner's to it.

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
