//! Steps on a graphics card that are recorded once and then played again, as long as nothing changes but the batch: asking for
//! all operations of a step at once is several times faster than one by one, for small networks. Elsewhere steps are done
//! one by one; what comes out is the same.

use super::feed::{Feed, Order};
use super::totals::Totals;
use super::{Sequential, Stage};
use crate::backend::cuda::{self, Card, Knob, Recorder, Recording};
use crate::layers::Weight;
use crate::random;
use crate::tensor::Tensor;
use std::ops::Range;

/// Steps that are done one by one before one is recorded: the first ones make what the optimizer remembers, and show whether
/// a step is nothing but operations of the card.
const BEFORE: usize = 2;

/// Does the steps of a training.
pub(super) struct Stepper {
    /// The card that records; none if steps cannot be recorded.
    card: Option<&'static Card>,
    batch_size: usize,
    /// Whole batches since the last one that could not be recorded.
    smooth: usize,
    recorded: Option<Recorded>,
}

/// A step of a whole batch.
struct Recorded {
    recording: Recording,
    state: State,
    /// The weights that it moves.
    moved: Vec<usize>,
    loss: Tensor,
    predictions: Tensor,
    y: Tensor,
}

/// What must be as it was when a step was recorded.
#[derive(PartialEq)]
struct State {
    /// Where each weight is, and whether it learns.
    weights: Vec<(Option<u64>, bool)>,
    frozen: Vec<bool>,
}

impl Stepper {
    pub(super) fn new(model: &Sequential, batch_size: usize) -> Stepper {
        let known = |kind: &str| !kind.starts_with("Random");
        let recordable = model.stages.iter().all(|stage| {
            // A layer of one's own may do something else each time.
            let layer = stage.layer.known();
            layer.is_some_and(|layer| !layer.is_stateful()) && known(stage.layer.kind())
        });
        let card = model
            .device()
            .card()
            .filter(|card| recordable && cuda::can_record(card));
        Stepper {
            card,
            batch_size,
            smooth: 0,
            recorded: None,
        }
    }

    /// One step on the samples at these places of the order.
    pub(super) fn step(
        &mut self,
        model: &mut Sequential,
        feed: &Feed,
        order: &Order,
        places: Range<usize>,
        totals: &mut Totals,
    ) {
        if let Some(card) = self.card.filter(|_| places.len() == self.batch_size) {
            if let Some(recorded) = &mut self.recorded {
                if recorded.still_holds(model) {
                    return recorded.play(model, places.start, totals);
                }
                (self.recorded, self.smooth) = (None, 0);
            }
            if self.smooth >= BEFORE && model.is_alone() && are_own(model, &moved(model)) {
                match Recorded::new(card, model, feed, order, places.clone()) {
                    Some(recorded) => {
                        recorded.count(totals);
                        self.recorded = Some(recorded);
                        return;
                    }
                    // It will not be any better the next time.
                    None => self.card = None,
                }
            }
        }
        let crossings = cuda::crossings();
        let (x, y) = feed.batch(order, places);
        let step = model.forward_and_back(&x, &y);
        let mut smooth = cuda::crossings() == crossings;
        totals.add(&step.loss, &step.predictions, &y);
        if totals.diverged().is_none() {
            let crossings = cuda::crossings();
            model.move_weights(step);
            smooth &= cuda::crossings() == crossings;
        }
        self.smooth = if smooth { self.smooth + 1 } else { 0 };
    }
}

impl Recorded {
    /// Records a step and does it; `None` if that does not succeed.
    fn new(
        card: &'static Card,
        model: &mut Sequential,
        feed: &Feed,
        order: &Order,
        places: Range<usize>,
    ) -> Option<Recorded> {
        let before = State::of(model);
        let recorder = Recorder::begin(card).ok()?;
        let (x, y) = feed.batch(order, places);
        let step = model.forward_and_back(&x, &y);
        let moved = moved(model);
        if !step.updates.iter().all(|(number, _)| moved.contains(number)) {
            return None;
        }
        let (loss, predictions) = (step.loss.clone(), step.predictions.clone());
        model.move_weights(step);
        let mut recording = recorder.end().ok()?;
        recording.play_as_recorded().ok()?;
        let state = State::of(model);
        assert!(state == before, "what nobody else sees is moved where it is");
        Some(Recorded {
            recording,
            state,
            moved,
            loss,
            predictions,
            y,
        })
    }

    /// Whether a step of this model would be the same again, but for the batch.
    fn still_holds(&self, model: &Sequential) -> bool {
        self.state == State::of(model) && are_own(model, &self.moved) && model.is_alone()
    }

    /// Does it with the batch that begins at this place.
    fn play(&mut self, model: &mut Sequential, start: usize, totals: &mut Totals) {
        let training = model.training.as_mut().expect("checked before learning");
        let [rate, decay] = training.optimizer.go_on().expect("asked before recording");
        let scale = cuda::scale_position(rate, decay);
        self.recording.play(|knob| match knob {
            Knob::Place => start as u64,
            Knob::Key => random::key(),
            Knob::Scale => scale,
        });
        self.count(totals);
    }

    /// Hands over what the step left; the next one writes over it.
    fn count(&self, totals: &mut Totals) {
        totals.add(&self.loss, &self.predictions, &self.y);
    }
}

impl State {
    fn of(model: &Sequential) -> State {
        let place = |weight: &Tensor| (weight.value().place(), weight.is_tracked());
        State {
            weights: model.weights.iter().map(place).collect(),
            frozen: model.stages.iter().map(|stage| stage.frozen).collect(),
        }
    }
}

/// The weights that a step moves: those that learn, and those that their layers move themselves.
fn moved(model: &Sequential) -> Vec<usize> {
    let of_stage = |stage: &Stage| {
        let own = stage.weights.clone().zip(&stage.described);
        let by_layer = |described: &Weight| !described.is_learned() && !stage.frozen;
        let moved =
            own.filter(|(number, described)| model.weights[*number].is_tracked() || by_layer(described));
        moved.map(|(number, _)| number).collect::<Vec<_>>()
    };
    model.stages.iter().flat_map(of_stage).collect()
}

/// Whether nobody else sees these weights, which can then be changed in place.
fn are_own(model: &Sequential, weights: &[usize]) -> bool {
    weights
        .iter()
        .all(|&number| model.weights[number].value().is_own())
}

impl Sequential {
    /// Whether what the optimizer remembers is this model's alone and its steps can be played again.
    fn is_alone(&self) -> bool {
        let training = self.training.as_ref().expect("checked before learning");
        training.optimizer.can_go_on()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices;
    use crate::prelude::*;

    fn is_recorded(model: Sequential, card: Device, optimizer: impl Optimizer + 'static) -> bool {
        let mut model = model.to(card);
        model.compile(optimizer, MeanSquaredError::new(), []);
        let data = Dataset::new(Tensor::randn([20, 4]), Tensor::randn([20, 2]));
        let feed = Feed::new(&data, card);
        let (order, mut stepper) = (feed.order(20), Stepper::new(&model, 4));
        let mut totals = Totals::new(model.training.as_ref().expect("compiled"));
        for places in order.batches(4) {
            stepper.step(&mut model, &feed, &order, places, &mut totals);
        }
        stepper.recorded.is_some()
    }

    #[test]
    fn what_differs_in_nothing_but_the_batch_is_recorded() {
        let dense = || {
            Sequential::new([4])
                .add(Dense::new(3).activation(ReLU))
                .add(BatchNorm::new())
        };
        for &card in devices::cards() {
            if !card.card().is_some_and(cuda::can_record) {
                println!("skipped on {card}: the environment says that each kernel is waited for");
                continue;
            }
            let plain = || dense().add(Dropout::new(0.5)).add(Dense::new(2));
            assert!(is_recorded(plain(), card, SGD::new(0.1)));
            assert!(is_recorded(plain(), card, Adam::new(0.1)));
            assert!(is_recorded(plain(), card, Adam::new(0.1).clip_norm(1.0)));
            assert!(is_recorded(
                plain(),
                card,
                RMSprop::new(0.1).global_clip_norm(1.0)
            ));
            let stateful = || {
                let series = Sequential::new([4]).add(Reshape::new([2, 2]));
                series.add(GRU::new(3).stateful()).add(Dense::new(2))
            };
            assert!(!is_recorded(stateful(), card, SGD::new(0.1)));
        }
    }
}
