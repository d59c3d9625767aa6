//! What must hold for tensors of any shape, tried on many drawn ones: up to five axes, empty ones and single elements among
//! them. Numbers are small and whole, so that sums are exact in any order; `ndarray` is the judge.

use dl_core::prelude::*;
use ndarray::{ArrayD, Axis, Ix1, Ix2, IxDyn};

/// A generator of its own: that of the crate is what is tested elsewhere, and shared.
struct Draw(u64);

impl Draw {
    /// A whole number below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % end
    }

    /// Often small, sometimes 0 or 1, now and then larger than a vector of the processor.
    fn size(&mut self) -> usize {
        match self.below(12) {
            0 => 0,
            1..=3 => 1,
            11 => 8 + self.below(30),
            _ => 2 + self.below(5),
        }
    }

    fn shape(&mut self, ranks: std::ops::Range<usize>) -> Vec<usize> {
        let rank = ranks.start + self.below(ranks.len());
        let shape: Vec<usize> = (0..rank).map(|_| self.size()).collect();
        match shape.iter().product::<usize>() > 20_000 {
            true => self.shape(ranks),
            false => shape,
        }
    }

    fn array(&mut self, shape: &[usize]) -> ArrayD<f32> {
        ArrayD::from_shape_simple_fn(IxDyn(shape), || self.below(17) as f32 - 8.0)
    }

    /// A shape that broadcasts to this one: without some axes on the left, with some sizes 1.
    fn part_of(&mut self, shape: &[usize]) -> Vec<usize> {
        let dropped = self.below(shape.len() + 1);
        let keep = |&size: &usize| if self.below(3) == 0 { 1 } else { size };
        shape[dropped..].iter().map(keep).collect()
    }
}

/// Sums an array back to a shape that broadcasts to its own.
fn summed_to(array: &ArrayD<f32>, shape: &[usize]) -> ArrayD<f32> {
    let mut sum = array.clone();
    while sum.ndim() > shape.len() {
        sum = sum.sum_axis(Axis(0));
    }
    for (axis, &size) in shape.iter().enumerate() {
        if size == 1 {
            sum = sum.sum_axis(Axis(axis)).insert_axis(Axis(axis));
        }
    }
    sum
}

#[test]
fn operators_and_their_gradients_broadcast_as_in_numpy() {
    let mut draw = Draw(1);
    for _ in 0..600 {
        let whole = draw.shape(0..6);
        let (left, right) = (draw.part_of(&whole), draw.part_of(&whole));
        let (a, b) = (draw.array(&left), draw.array(&right) + 0.5);
        let (x, y) = (Tensor::from(&a).track(), Tensor::from(&b).track());
        let what = format!("{left:?} with {right:?}");
        assert_eq!((&x + &y).to_ndarray(), &a + &b, "{what}");
        assert_eq!((&x - &y).to_ndarray(), &a - &b, "{what}");
        assert_eq!((&x / &y).to_ndarray(), &a / &b, "{what}");
        let product = &x * &y;
        let expected = &a * &b;
        assert_eq!(product.to_ndarray(), expected, "{what}");
        let gradients = product.sum().backward();
        let repeated = |side: &ArrayD<f32>| side.broadcast(expected.shape()).expect("fits").to_owned();
        assert_eq!(
            gradients.of(&x).to_ndarray(),
            summed_to(&repeated(&b), &left),
            "{what}"
        );
        assert_eq!(
            gradients.of(&y).to_ndarray(),
            summed_to(&repeated(&a), &right),
            "{what}"
        );
        // In place where the left side has the shape of the result, else refused.
        let mut changed = x.detach();
        if expected.shape() == left {
            changed -= &y.detach();
            assert_eq!(changed.to_ndarray(), &a - &b, "{what}");
        } else {
            let grow = std::panic::AssertUnwindSafe(|| changed -= &y.detach());
            std::panic::catch_unwind(grow).expect_err("the left side would grow");
        }
    }
}

#[test]
fn parts_make_the_whole_again() {
    let mut draw = Draw(2);
    for _ in 0..600 {
        let shape = draw.shape(1..6);
        let array = draw.array(&shape);
        let x = Tensor::from(&array).track();
        let axis = draw.below(shape.len());
        let size = shape[axis];
        let (a, b) = (draw.below(size + 1), draw.below(size + 1));
        let (a, b) = (a.min(b), a.max(b));
        let parts = [x.slice(axis, 0..a), x.slice(axis, a..b), x.slice(axis, b..size)];
        let expected = array.slice_axis(Axis(axis), (a..b).into());
        assert_eq!(
            parts[1].to_ndarray(),
            expected,
            "{shape:?}, axis {axis}, {a}..{b}"
        );
        let joined = Tensor::concat(&parts.iter().collect::<Vec<_>>(), axis);
        assert_eq!(joined.to_ndarray(), array);
        // Each element came through one part, and gets back what its place in the whole got.
        let factors = Tensor::from(&draw.array(&shape));
        let gradient = (&joined * &factors).sum().backward().of(&x);
        assert_eq!(gradient, factors);
        if axis == 0 {
            assert_eq!(x.rows(a..b), parts[1].detach());
        }
        let flat = x.reshape([x.len()]);
        assert_eq!(flat.to_vec(), array.iter().copied().collect::<Vec<_>>());
        assert_eq!(flat.reshape(&shape[..]), x);
        assert_eq!(
            (flat * factors.reshape([x.len()])).sum().backward().of(&x),
            factors
        );
        std::panic::catch_unwind(|| x.slice(axis, 0..size + 1)).expect_err("beyond the end");
        std::panic::catch_unwind(|| x.reshape([x.len() + 1])).expect_err("one too many");
    }
}

#[test]
fn reductions_agree_with_each_other_and_with_ndarray() {
    let mut draw = Draw(3);
    for _ in 0..600 {
        let shape = draw.shape(1..6);
        let array = draw.array(&shape);
        let x = Tensor::from(&array);
        assert_eq!(x.sum().item(), array.sum());
        let axis = draw.below(shape.len());
        assert_eq!(
            x.sum_axis(axis).to_ndarray(),
            array.sum_axis(Axis(axis)),
            "{shape:?}, axis {axis}"
        );
        assert_eq!(x.sum_axis(axis).sum(), x.sum());
        if shape[axis] == 0 {
            for reduce in [
                Tensor::max_axis,
                Tensor::min_axis,
                Tensor::mean_axis,
                Tensor::argmax_axis,
            ] {
                std::panic::catch_unwind(|| reduce(&x, axis)).expect_err("nothing to choose from");
            }
            continue;
        }
        let lanes = |choose: fn(f32, f32) -> f32| {
            array.map_axis(Axis(axis), |lane| {
                lane.iter().copied().reduce(choose).expect("an element")
            })
        };
        assert_eq!(
            x.max_axis(axis).to_ndarray(),
            lanes(f32::max),
            "{shape:?}, axis {axis}"
        );
        assert_eq!(
            x.min_axis(axis).to_ndarray(),
            lanes(f32::min),
            "{shape:?}, axis {axis}"
        );
        assert_eq!(
            x.mean_axis(axis).to_ndarray(),
            array.mean_axis(Axis(axis)).expect("an element")
        );
        let first = array.map_axis(Axis(axis), |lane| {
            let most = lane.iter().copied().fold(f32::MIN, f32::max);
            lane.iter().position(|&x| x == most).expect("it is there") as f32
        });
        assert_eq!(x.argmax_axis(axis).to_ndarray(), first, "{shape:?}, axis {axis}");
        if x.is_empty() {
            continue;
        }
        assert_eq!(x.max(), x.max_axis(axis).max());
        assert_eq!(x.min(), -(-&x).max());
        assert_eq!(x.mean().item(), array.sum() / array.len() as f32);
        let p = x.softmax();
        assert_eq!(p.shape(), x.shape());
        assert!((p.sum_axis(shape.len() - 1) - 1.0).abs().max().item() < 1e-6);
        assert!((p - (&x + 3.0).softmax()).abs().max().item() < 1e-6);
    }
}

#[test]
fn products_and_transposes() {
    let mut draw = Draw(4);
    for round in 0..300 {
        let largest = if round % 30 == 0 { 150 } else { 20 };
        let [rows, inner, columns] = [(); 3].map(|()| draw.below(largest));
        let what = format!("[{rows}, {inner}] x [{inner}, {columns}]");
        let matrix = |array: &ArrayD<f32>| array.clone().into_dimensionality::<Ix2>().expect("a matrix");
        let (a, b) = (draw.array(&[rows, inner]), draw.array(&[inner, columns]));
        let (x, y) = (Tensor::from(&a).track(), Tensor::from(&b).track());
        let product = x.matmul(&y);
        assert_eq!(
            product.to_ndarray(),
            matrix(&a).dot(&matrix(&b)).into_dyn(),
            "{what}"
        );
        assert_eq!(y.t().matmul(&x.t()).t(), product, "{what}");
        assert_eq!(
            (x.t().to_ndarray(), x.t().t()),
            (
                a.clone().reversed_axes().as_standard_layout().into_owned(),
                x.clone()
            )
        );
        let g = draw.array(&[rows, columns]);
        let gradients = (product * Tensor::from(&g)).sum().backward();
        let (g, a2, b2) = (matrix(&g), matrix(&a), matrix(&b));
        assert_eq!(gradients.of(&x).to_ndarray(), g.dot(&b2.t()).into_dyn(), "{what}");
        assert_eq!(gradients.of(&y).to_ndarray(), a2.t().dot(&g).into_dyn(), "{what}");
        // By a vector on either side, and two vectors.
        let v = draw.array(&[inner]);
        let vector = v.clone().into_dimensionality::<Ix1>().expect("a vector");
        let v = Tensor::from(&v);
        assert_eq!(x.matmul(&v).to_ndarray(), a2.dot(&vector).into_dyn(), "{what}");
        assert_eq!(v.matmul(&y).to_ndarray(), vector.dot(&b2).into_dyn(), "{what}");
        assert_eq!(v.matmul(&v).item(), vector.dot(&vector), "{what}");
        if inner != columns {
            std::panic::catch_unwind(|| y.matmul(&y)).expect_err("inner sizes differ");
        }
    }
}

#[test]
fn one_hot_rows_and_their_positions() {
    let mut draw = Draw(5);
    for _ in 0..100 {
        let (count, classes) = (draw.below(30), 1 + draw.below(12));
        let labels: Vec<f32> = (0..count).map(|_| draw.below(classes) as f32).collect();
        let labels = Tensor::from_vec(labels, [count]);
        let rows = one_hot(&labels, classes);
        assert_eq!(rows.shape(), [count, classes]);
        assert_eq!(rows.argmax_axis(1), labels);
        assert_eq!(rows.sum_axis(1), Tensor::ones([count]));
    }
}
