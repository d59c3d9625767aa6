//! Curves and clouds of points: `plot` and `scatter`.

use super::axes::{Axes, Mark, Series, ranges};
use super::card::{WIDEST, number};
use super::marks::Marks;
use super::{MimeBundle, Show, palette, text_chart};
use crate::error::{Error, expect_fit};
use crate::tensor::Tensor;

/// A list of numbers to draw: a tensor, a slice, an array or a vector.
///
/// ```
/// use dl_core::prelude::*;
/// plot(&[0, 1, 2], &vec![0.5, 1.0, 2.0]);
/// plot(&Tensor::arange(0., 3., 1.), &tensor![0.5, 1., 2.]);
/// ```
pub trait Numbers {
    /// The numbers in order.
    fn numbers(&self) -> Vec<f64>;
}

impl Numbers for Tensor {
    fn numbers(&self) -> Vec<f64> {
        self.values().iter().copied().map(f64::from).collect()
    }
}

impl<T: Copy + Into<f64>> Numbers for [T] {
    fn numbers(&self) -> Vec<f64> {
        self.iter().map(|&value| value.into()).collect()
    }
}

impl<T: Copy + Into<f64>, const N: usize> Numbers for [T; N] {
    fn numbers(&self) -> Vec<f64> {
        self[..].numbers()
    }
}

impl<T: Copy + Into<f64>> Numbers for Vec<T> {
    fn numbers(&self) -> Vec<f64> {
        self[..].numbers()
    }
}

impl<T: Numbers + ?Sized> Numbers for &T {
    fn numbers(&self) -> Vec<f64> {
        (**self).numbers()
    }
}

/// Curves and points between two axes; made by [`plot`] and [`scatter`].
///
/// ```
/// use dl_core::display::{Show, plot};
///
/// let chart = plot(&[0, 1, 2], &[0, 1, 4]).name("x squared").labels("x", "y").title("Two functions");
/// let chart = chart.line("twice x", &[0., 2.], &[0., 4.]);
/// assert!(chart.show().get("image/svg+xml").is_some());
/// ```
#[derive(Clone, Debug)]
pub struct Chart {
    title: String,
    labels: (String, String),
    series: Vec<Series>,
    /// Width and height in pixels.
    size: (f64, f64),
    /// Whether the x axis and the y axis have logarithmic scales.
    log: [bool; 2],
}

/// The curve through the points (`xs`, `ys`), in their order.
///
/// ```
/// use dl_core::prelude::*;
/// plot(&Tensor::linspace(0., 1., 5), &tensor![0., 1., 0., 1., 0.]);
/// ```
///
/// # Panics
/// When there are not as many x as y.
#[track_caller]
pub fn plot(xs: &(impl Numbers + ?Sized), ys: &(impl Numbers + ?Sized)) -> Chart {
    Chart::of(Vec::new()).line("curve", xs, ys)
}

/// Points in the plane: `x: [n, 2]` in the colour and shape of their class `y: [n]` or `[n, 1]`; or, with `x: [n]` or
/// `[n, 1]`, the points (x, y) of any two lists of numbers.
///
/// ```
/// use dl_core::prelude::*;
/// let data = xor(100, 0.1);
/// scatter(&data.x, &data.y);
/// scatter(&tensor![1., 2., 3.], &tensor![2., 4., 5.]);
/// ```
///
/// # Panics
/// When `x` has another shape, when there is not one y for each point, or when it should be a class but is no whole number
/// from 0 to 99.
#[track_caller]
pub fn scatter(x: &Tensor, y: &Tensor) -> Chart {
    if matches!(x.shape(), [_] | [_, 1]) {
        return Chart::of(Vec::new()).labels("x", "y").points("points", x, y);
    }
    let series = expect_fit(classes_of("scatter", x, y));
    Chart::of(series).labels("first number", "second number")
}

/// Series of numbers over time in the same axes, each from step 0 on: what was measured beside what was predicted.
///
/// ```
/// use dl_core::prelude::*;
/// let measured = Tensor::linspace(-3., 3., 100).tanh();
/// let predicted = &measured + 0.1 * Tensor::randn([100]);
/// plot_series(&[("measured", &measured), ("predicted", &predicted)]);
/// ```
///
/// # Panics
/// When there is no series, or more than 7.
#[track_caller]
pub fn plot_series(series: &[(&str, &dyn Numbers)]) -> Chart {
    if series.is_empty() || series.len() > palette::CLASSES.len() {
        let hint =
            "give 1 to 7 names with their numbers: plot_series(&[(\"measured\", &y), (\"predicted\", &p)])";
        Error::shape("plot_series", format!("{} series", series.len()), hint).raise();
    }
    let mut chart = Chart::of(Vec::new()).labels("step", "");
    chart.size = (WIDEST, 320.0);
    for &(name, numbers) in series {
        let ys = numbers.numbers();
        let xs: Vec<f64> = (0..ys.len()).map(|step| step as f64).collect();
        chart = chart.line(name, &xs, &ys);
    }
    chart
}

impl Chart {
    fn of(series: Vec<Series>) -> Chart {
        Chart {
            title: String::new(),
            labels: Default::default(),
            series,
            size: (560.0, 380.0),
            log: [false; 2],
        }
    }

    /// Sets the line above the chart.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Chart {
        self.title = title.into();
        self
    }

    /// Sets what stands at the axes.
    #[must_use]
    pub fn labels(mut self, x: impl Into<String>, y: impl Into<String>) -> Chart {
        self.labels = (x.into(), y.into());
        self
    }

    /// Gives the x axis a logarithmic scale, on which equal distances are equal factors: for numbers that go from small to very
    /// large. Points whose x is not above 0 have no place there and are left out. Where all points of a series are at powers of
    /// two, such as batch sizes, so are the marks; else they are at powers of ten.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// plot(&[8, 64, 512], &[900., 7_000., 50_000.]).log_x().log_y().labels("batch size", "samples per second");
    /// ```
    #[must_use]
    pub fn log_x(mut self) -> Chart {
        self.log[0] = true;
        self
    }

    /// Gives the y axis a logarithmic scale, as [`log_x`](Chart::log_x) does for the other one.
    #[must_use]
    pub fn log_y(mut self) -> Chart {
        self.log[1] = true;
        self
    }

    /// Names the curve or the points added last, in the legend: what [`plot`] draws is called "curve" without it.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Chart {
        if let Some(last) = self.series.last_mut() {
            last.name = name.into();
        }
        self
    }

    /// Adds a curve; with two or more series a legend tells their names.
    ///
    /// # Panics
    /// When there are not as many x as y.
    #[must_use]
    #[track_caller]
    pub fn line(
        self,
        name: impl Into<String>,
        xs: &(impl Numbers + ?Sized),
        ys: &(impl Numbers + ?Sized),
    ) -> Chart {
        let dashed = self.series.len() % 2 == 1;
        self.with(name.into(), xs.numbers(), ys.numbers(), Mark::Line { dashed })
    }

    /// Adds separate points.
    ///
    /// # Panics
    /// When there are not as many x as y.
    #[must_use]
    #[track_caller]
    pub fn points(
        self,
        name: impl Into<String>,
        xs: &(impl Numbers + ?Sized),
        ys: &(impl Numbers + ?Sized),
    ) -> Chart {
        let shape = self.series.len();
        self.with(name.into(), xs.numbers(), ys.numbers(), Mark::Points(shape))
    }

    #[track_caller]
    fn with(mut self, name: String, xs: Vec<f64>, ys: Vec<f64>, mark: Mark) -> Chart {
        if xs.len() != ys.len() {
            let why = format!("{} x values but {} y values", xs.len(), ys.len());
            Error::shape("plot", why, "every x needs its y").raise();
        }
        let color = palette::class(self.series.len());
        self.series.push(Series {
            name,
            points: xs.into_iter().zip(ys).collect(),
            mark,
            color,
        });
        self
    }

    /// The series as they are placed between the axes.
    fn placed(&self) -> Vec<Series> {
        let place = |value: f64, log: bool| if log { value.log10() } else { value };
        let mut placed = self.series.clone();
        for point in placed.iter_mut().flat_map(|series| &mut series.points) {
            *point = (place(point.0, self.log[0]), place(point.1, self.log[1]));
        }
        placed
    }

    /// What the marks of the x axis (0) or of the y axis (1) say.
    fn marks(&self, axis: usize) -> Marks {
        let value = |&(x, y): &(f64, f64)| [x, y][axis];
        let is_doubling = |value: f64| value > 0.0 && value.is_finite() && value.log2().fract() == 0.0;
        let doublings =
            |series: &Series| series.points.len() > 1 && series.points.iter().map(value).all(is_doubling);
        match self.log[axis] {
            false => Marks::Numbers,
            true if self.series.iter().any(doublings) => Marks::Doublings,
            true => Marks::Powers,
        }
    }
}

impl Show for Chart {
    fn show(&self) -> MimeBundle {
        let marks = [self.marks(0), self.marks(1)];
        let series = self.placed();
        let range = ranges(&series);
        let axes = Axes {
            size: self.size,
            title: &self.title,
            labels: (&self.labels.0, &self.labels.1),
            range,
            marks,
            series: &series,
            ground: None,
        };
        let count: usize = self.series.iter().map(|series| series.points.len()).sum();
        let [x, y] = [0, 1].map(|axis| {
            let [low, high] = [range[axis].0, range[axis].1].map(|end| number(marks[axis].number(end)));
            format!("{low} to {high}")
        });
        let title = if self.title.is_empty() {
            "Chart"
        } else {
            &self.title
        };
        MimeBundle::text(text_chart::draw(&self.title, &series, range, marks))
            .with_svg(axes.picture(&format!("{title}: {count} points, x from {x}, y from {y}")))
    }
}

/// One series of points per class.
///
/// # Errors
/// When `x` is not `[n, 2]` or `y` does not hold one class per point.
pub(super) fn classes_of(op: &'static str, x: &Tensor, y: &Tensor) -> Result<Vec<Series>, Error> {
    const MOST_CLASSES: usize = 100;
    let count = match x.shape() {
        &[count, 2] => count,
        shape => {
            let why = format!("x has shape {shape:?}, but points in the plane are [n, 2]");
            return Err(Error::shape(op, why, "pick two columns: x.slice(1, 0..2)"));
        }
    };
    if y.len() != count {
        let why = format!(
            "{count} points but {} classes (y has shape {:?})",
            y.len(),
            y.shape()
        );
        return Err(Error::shape(
            op,
            why,
            "y holds one class number per point: [n] or [n, 1]",
        ));
    }
    let classes = y.class_indices(op, MOST_CLASSES).map_err(|error| match error {
        Error::Shape { op, why, .. } => {
            Error::shape(op, why, "y holds one class number per point: 0, 1, 2, ...")
        }
        other => other,
    })?;
    let mut series: Vec<Series> = (0..classes.iter().max().map_or(0, |most| most + 1))
        .map(|class| Series {
            name: format!("class {class}"),
            points: Vec::new(),
            mark: Mark::Points(class),
            color: palette::class(class),
        })
        .collect();
    for (point, class) in x.values().chunks_exact(2).zip(classes) {
        series[class]
            .points
            .push((f64::from(point[0]), f64::from(point[1])));
    }
    Ok(series)
}
