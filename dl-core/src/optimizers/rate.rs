//! Learning rates: a number, or a schedule that changes it from step to step. Formulas are
//! [Keras's](https://keras.io/api/optimizers/learning_rate_schedules/); a step is one batch, and they count from 0.

use crate::error::Error;

/// How long the steps are: a number, or a schedule. Every optimizer's `new` takes either.
///
/// ```
/// use dl_core::prelude::*;
/// let constant = Adam::new(1e-3);
/// let rate = 0.01_f32;
/// let from_a_variable = Adam::new(rate);
/// let falling = SGD::new(CosineDecay::new(0.1, 1000));
/// assert_eq!((constant.learning_rate(), falling.learning_rate()), (1e-3, 0.1));
/// ```
#[derive(Clone, Debug)]
pub struct LearningRate(Rate);

#[derive(Clone, Debug)]
enum Rate {
    Constant(f32),
    Changing(Box<dyn Schedule>),
}

impl LearningRate {
    /// The rate of a step; steps count from 0.
    pub fn at(&self, step: usize) -> f32 {
        match &self.0 {
            Rate::Constant(rate) => *rate,
            Rate::Changing(schedule) => schedule.at(step),
        }
    }

    /// Schedules check their settings when they are made.
    #[track_caller]
    pub(super) fn check(&self, name: &'static str) {
        if let Rate::Constant(rate) = self.0 {
            checked_rate(name, "learning rate", rate);
        }
    }
}

impl From<f32> for LearningRate {
    fn from(rate: f32) -> LearningRate {
        LearningRate(Rate::Constant(rate))
    }
}

impl From<f64> for LearningRate {
    fn from(rate: f64) -> LearningRate {
        LearningRate::from(rate as f32)
    }
}

/// `SGD::new(1)`.
impl From<i32> for LearningRate {
    fn from(rate: i32) -> LearningRate {
        LearningRate::from(rate as f32)
    }
}

impl<S: Schedule + 'static> From<S> for LearningRate {
    fn from(schedule: S) -> LearningRate {
        LearningRate(Rate::Changing(Box::new(schedule)))
    }
}

/// A learning rate that changes from step to step. One of your own needs this method, and `#[derive(Clone, Debug)]`.
///
/// ```
/// use dl_core::optimizers::Schedule;
/// use dl_core::prelude::*;
///
/// /// rate / (1 + step): Robbins and Monro, 1951.
/// #[derive(Clone, Debug)]
/// struct Harmonic(f32);
///
/// impl Schedule for Harmonic {
///     fn at(&self, step: usize) -> f32 {
///         self.0 / (1 + step) as f32
///     }
/// }
///
/// let mut optimizer = SGD::new(Harmonic(0.1));
/// optimizer.step(&mut [tensor![1.]], &[Some(tensor![1.])]);
/// assert_eq!(optimizer.learning_rate(), 0.05);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no learning rate",
    label = "a number or a schedule is expected here",
    note = "for example `1e-3` or `CosineDecay::new(0.1, 1000)`"
)]
pub trait Schedule: dyn_clone::DynClone + std::fmt::Debug + Send + Sync {
    /// The rate of a step; steps (batches) count from 0.
    fn at(&self, step: usize) -> f32;
}

dyn_clone::clone_trait_object!(Schedule);

/// rate · factor^(step / steps): falls by `factor` each `steps` steps, smoothly or, as a staircase, at once.
///
/// ```
/// use dl_core::prelude::*;
/// let smooth = ExponentialDecay::new(0.1, 100, 0.5);
/// assert_eq!((smooth.at(0), smooth.at(100)), (0.1, 0.05));
/// let stairs = ExponentialDecay::new(0.1, 100, 0.5).staircase();
/// assert_eq!((stairs.at(99), stairs.at(100)), (0.1, 0.05));
/// ```
#[derive(Clone, Debug)]
pub struct ExponentialDecay {
    rate: f32,
    steps: usize,
    factor: f32,
    staircase: bool,
}

impl ExponentialDecay {
    /// Begins with `rate`, and multiplies it by `factor` each `steps` steps.
    ///
    /// # Panics
    /// If the rate or the factor is negative or no number, or `steps` is 0.
    #[track_caller]
    pub fn new(rate: f32, steps: usize, factor: f32) -> ExponentialDecay {
        const NAME: &str = "ExponentialDecay";
        ExponentialDecay {
            rate: checked_rate(NAME, "rate", rate),
            steps: checked_steps(NAME, steps),
            factor: checked_rate(NAME, "factor", factor),
            staircase: false,
        }
    }

    /// Falls at once every `steps` steps, and stays the same between.
    #[must_use]
    pub fn staircase(mut self) -> ExponentialDecay {
        self.staircase = true;
        self
    }
}

impl Schedule for ExponentialDecay {
    fn at(&self, step: usize) -> f32 {
        let times = step as f64 / self.steps as f64;
        let times = if self.staircase { times.floor() } else { times };
        (f64::from(self.rate) * f64::from(self.factor).powf(times)) as f32
    }
}

/// Falls from `rate` along half a wave of the cosine, in `steps` steps, to `alpha` times it, and stays there:
/// rate ((1 - alpha) (1 + cos(π step / steps)) / 2 + alpha). Loshchilov and Hutter, 2017.
///
/// ```
/// use dl_core::prelude::*;
/// let rate = CosineDecay::new(0.1, 1000);
/// assert_eq!((rate.at(0), rate.at(500), rate.at(2000)), (0.1, 0.05, 0.));
/// let with_warm_up = WarmUp::new(100, CosineDecay::new(0.1, 1000).alpha(0.01));
/// assert_eq!((with_warm_up.at(50), with_warm_up.at(100)), (0.05, 0.1));
/// ```
#[derive(Clone, Debug)]
pub struct CosineDecay {
    rate: f32,
    steps: usize,
    alpha: f32,
}

impl CosineDecay {
    /// From `rate` to 0 in `steps` steps.
    ///
    /// # Panics
    /// If the rate is negative or no number, or `steps` is 0.
    #[track_caller]
    pub fn new(rate: f32, steps: usize) -> CosineDecay {
        const NAME: &str = "CosineDecay";
        CosineDecay {
            rate: checked_rate(NAME, "rate", rate),
            steps: checked_steps(NAME, steps),
            alpha: 0.0,
        }
    }

    /// The share of the rate that is left in the end.
    ///
    /// # Panics
    /// If it is negative or no number.
    #[must_use]
    #[track_caller]
    pub fn alpha(mut self, alpha: f32) -> CosineDecay {
        self.alpha = checked_rate("CosineDecay", "alpha", alpha);
        self
    }
}

impl Schedule for CosineDecay {
    fn at(&self, step: usize) -> f32 {
        let done = step.min(self.steps) as f64 / self.steps as f64;
        let wave = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
        let alpha = f64::from(self.alpha);
        (f64::from(self.rate) * ((1.0 - alpha) * wave + alpha)) as f32
    }
}

/// A rate for each part of the training: `values[0]` up to and including step `boundaries[0]`, then `values[1]`, and so on.
///
/// ```
/// use dl_core::prelude::*;
/// let rate = PiecewiseConstantDecay::new([1000, 2000], [0.1, 0.01, 0.001]);
/// assert_eq!((rate.at(1000), rate.at(1001), rate.at(5000)), (0.1, 0.01, 0.001));
/// ```
#[derive(Clone, Debug)]
pub struct PiecewiseConstantDecay {
    boundaries: Vec<usize>,
    values: Vec<f32>,
}

impl PiecewiseConstantDecay {
    /// The last step of each part but the last one, and the rate of each part.
    ///
    /// # Panics
    /// If the boundaries do not grow, if there is not one rate more than boundaries, or if a rate is negative or no number.
    #[track_caller]
    pub fn new(boundaries: impl AsRef<[usize]>, values: impl AsRef<[f32]>) -> PiecewiseConstantDecay {
        PiecewiseConstantDecay::of(boundaries.as_ref(), values.as_ref())
    }

    #[track_caller]
    fn of(boundaries: &[usize], values: &[f32]) -> PiecewiseConstantDecay {
        const NAME: &str = "PiecewiseConstantDecay";
        if values.len() != boundaries.len() + 1 {
            let why = format!("{} boundaries and {} rates", boundaries.len(), values.len());
            let hint = "there is one rate more than boundaries: new([1000], [0.1, 0.01])";
            Error::shape(NAME, why, hint).raise();
        }
        if !boundaries.is_sorted_by(|before, after| before < after) {
            let hint = "boundaries are numbers of steps, each larger than the one before";
            Error::shape(NAME, format!("boundaries {boundaries:?} do not grow"), hint).raise();
        }
        for &value in values {
            checked_rate(NAME, "a rate", value);
        }
        PiecewiseConstantDecay {
            boundaries: boundaries.to_vec(),
            values: values.to_vec(),
        }
    }
}

impl Schedule for PiecewiseConstantDecay {
    fn at(&self, step: usize) -> f32 {
        self.values[self.boundaries.partition_point(|&boundary| boundary < step)]
    }
}

/// Rises evenly from 0 to the first rate of another schedule (or number), in `steps` steps, then follows it. The first steps
/// of a large model or of Adam, which knows little yet, do less harm so.
///
/// ```
/// use dl_core::prelude::*;
/// let rate = WarmUp::new(10, 0.1);
/// assert_eq!((rate.at(0), rate.at(5), rate.at(10), rate.at(999)), (0., 0.05, 0.1, 0.1));
/// ```
#[derive(Clone, Debug)]
pub struct WarmUp {
    steps: usize,
    then: LearningRate,
}

impl WarmUp {
    /// In `steps` steps to the first rate of `then`.
    ///
    /// # Panics
    /// If `steps` is 0, or the rate negative or no number.
    #[track_caller]
    pub fn new(steps: usize, then: impl Into<LearningRate>) -> WarmUp {
        WarmUp::to(steps, then.into())
    }

    #[track_caller]
    fn to(steps: usize, then: LearningRate) -> WarmUp {
        then.check("WarmUp");
        WarmUp {
            steps: checked_steps("WarmUp", steps),
            then,
        }
    }
}

impl Schedule for WarmUp {
    fn at(&self, step: usize) -> f32 {
        match step.checked_sub(self.steps) {
            Some(after) => self.then.at(after),
            None => (f64::from(self.then.at(0)) * step as f64 / self.steps as f64) as f32,
        }
    }
}

#[track_caller]
fn checked_rate(name: &'static str, setting: &str, rate: f32) -> f32 {
    if !(rate >= 0.0 && rate.is_finite()) {
        let hint = "give a number of at least 0; a learning rate is often between 0.1 and 0.0001";
        Error::shape(name, format!("the {setting} is {rate}"), hint).raise();
    }
    rate
}

#[track_caller]
fn checked_steps(name: &'static str, steps: usize) -> usize {
    if steps == 0 {
        let hint = "give the number of batches: samples / batch size x epochs";
        Error::shape(name, "0 steps", hint).raise();
    }
    steps
}
