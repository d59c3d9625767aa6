//! What all optimizers share: the learning rate at each step, clipping, weight decay, and what is remembered of each
//! weight. The rules themselves are computed in the backend.

use crate::backend::{Move, Shrink, StepRule, StepScale, Value};
use crate::error::Error;
use crate::optimizers::LearningRate;
use crate::tensor::Tensor;

/// How gradients are kept from being too large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Clip {
    None,
    Value(f32),
    Norm(f32),
    GlobalNorm(f32),
}

#[derive(Clone)]
pub(super) struct Descent {
    rate: LearningRate,
    /// Steps done.
    steps: usize,
    decay: f32,
    clip: Clip,
    /// For each weight the buffers of the rule; none yet if it had no gradient so far.
    memory: Vec<Vec<Value>>,
}

impl Descent {
    #[track_caller]
    pub(super) fn new(name: &'static str, rate: LearningRate) -> Descent {
        rate.check(name);
        Descent {
            rate,
            steps: 0,
            decay: 0.0,
            clip: Clip::None,
            memory: Vec::new(),
        }
    }

    /// The rate of the next step.
    pub(super) fn rate(&self) -> f32 {
        self.rate.at(self.steps)
    }

    pub(super) fn set_rate(&mut self, rate: f32) {
        self.rate = rate.into();
    }

    /// The number of the next step, from 1.
    pub(super) fn next_step(&self) -> i32 {
        i32::try_from(self.steps).unwrap_or(i32::MAX).saturating_add(1)
    }

    #[track_caller]
    pub(super) fn set_decay(&mut self, name: &'static str, decay: f32) {
        if !(decay >= 0.0 && decay.is_finite()) {
            let hint = "it is a small number, often 0.004; 0 means none";
            Error::shape(name, format!("weight_decay is {decay}"), hint).raise();
        }
        self.decay = decay;
    }

    #[track_caller]
    pub(super) fn set_clip(&mut self, name: &'static str, clip: Clip) {
        let (setting, limit) = match clip {
            Clip::None => return,
            Clip::Value(limit) => ("clip_value", limit),
            Clip::Norm(limit) => ("clip_norm", limit),
            Clip::GlobalNorm(limit) => ("global_clip_norm", limit),
        };
        let hint = "the limit is a number above 0, often 1.0";
        super::checked_positive(name, setting, limit, hint);
        self.clip = clip;
    }

    /// Whether steps can be told by rate and decay alone.
    pub(super) fn can_go_on(&self) -> bool {
        !self.memory.is_empty() && self.memory.iter().flatten().all(Value::is_own)
    }

    /// Counts a step without doing it: its rate and its decay.
    pub(super) fn go_on(&mut self, correction: f64) -> [f32; 2] {
        let rate = self.rate();
        self.steps = self.steps.saturating_add(1);
        [(f64::from(rate) * correction) as f32, rate * self.decay]
    }

    /// Moves each weight one step by the rule. `starts` holds, for each buffer that the rule needs, what it begins with;
    /// the rate is multiplied by `rule`'s second part, a correction of this step.
    pub(super) fn step(
        &mut self,
        weights: &mut [Tensor],
        gradients: &[Option<Tensor>],
        (rule, correction): (StepRule, f64),
        starts: &[f32],
    ) {
        let rate = self.rate();
        self.steps = self.steps.saturating_add(1);
        let values = || {
            gradients
                .iter()
                .map(|gradient| gradient.as_ref().map(Tensor::value))
        };
        let shrinks: Vec<Option<Shrink>> = match self.clip {
            Clip::None | Clip::Value(_) => Vec::new(),
            Clip::GlobalNorm(limit) => {
                let all: Vec<&Value> = values().flatten().collect();
                vec![Some(Shrink::to(limit, &all))]
            }
            Clip::Norm(limit) => {
                let of_one = |value: Option<&Value>| value.map(|value| Shrink::to(limit, &[value]));
                values().map(of_one).collect()
            }
        };
        // One for all, or one for each, or none.
        let shrink_of = |number: usize| shrinks.get(number).or(shrinks.first()).and_then(Option::as_ref);
        self.memory.resize(weights.len(), Vec::new());
        let (clip, decay) = (self.clip, self.decay);
        let all = weights
            .iter_mut()
            .zip(gradients)
            .zip(&mut self.memory)
            .enumerate();
        let moves = all.filter_map(|(number, ((weight, gradient), memory))| {
            let gradient = gradient.as_ref()?;
            let device = weight.device();
            if memory.len() < starts.len() {
                let buffer = |&start| Value::filled(start, weight.shape(), device);
                *memory = starts.iter().map(buffer).collect();
            }
            // A model that was brought to another device takes along what is remembered of it.
            for buffer in memory.iter_mut().filter(|buffer| buffer.device() != device) {
                *buffer = buffer.to(device);
            }
            let scale = StepScale {
                rate: (f64::from(rate) * correction) as f32,
                decay: rate * decay,
                gradient: 1.0,
                limit: match clip {
                    Clip::Value(limit) => limit,
                    _ => f32::INFINITY,
                },
            };
            Some(Move {
                weights: weight.value_mut(),
                gradient: gradient.value(),
                memory,
                scale,
                shrink: shrink_of(number),
            })
        });
        Move::all(moves, rule);
    }
}

/// Settings only: what is remembered is as large as the model.
impl std::fmt::Debug for Descent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "rate {:?}", self.rate)?;
        if self.decay > 0.0 {
            write!(f, ", weight decay {}", self.decay)?;
        }
        if self.clip != Clip::None {
            write!(f, ", clip {:?}", self.clip)?;
        }
        write!(f, ", {} steps", self.steps)
    }
}
