"""The variants of an experiment, each loaded when it is first needed and its weights once."""

from dataclasses import dataclass, field
from typing import Any

from traitscope.config import VariantSettings
from traitscope.engine import check_adapter, check_component, check_model
from traitscope.errors import InputError
from traitscope.experiment import Experiment, digest
from traitscope.models import (
    Adapter,
    Model,
    Placement,
    Renderer,
    Shape,
    Source,
    fetch_adapter,
    find_source,
    load_tokenizer,
    load_weights,
    place,
    read_adapter,
    read_shape,
)
from traitscope.models.keeping import KeptModel, keep, kept_model
from traitscope.progress import Progress

WeightsKey = tuple[Source, Placement]


@dataclass
class Variants:
    """Finds, renders for and loads an experiment's variants; keeps what it has loaded.

    Attributes:
        experiment: whose variants these are.
        resolved: variant -> dtype, device, model and commit as decided when the experiment first ran.
        progress: told of conversions and loads.
        fetch: what is not on this machine may be fetched from the hub.
    """

    experiment: Experiment
    resolved: dict[str, dict[str, str]]
    progress: Progress
    fetch: bool = True
    _sources: dict[str, Source] = field(default_factory=dict)
    _gone: dict[Source, InputError] = field(default_factory=dict)
    _gone_adapters: dict[str, InputError] = field(default_factory=dict)
    _tokenizers: dict[Source, Any] = field(default_factory=dict)
    _renderers: dict[str, Renderer] = field(default_factory=dict)
    _shapes: dict[Source, Shape] = field(default_factory=dict)
    _adapters: dict[str, Adapter] = field(default_factory=dict)
    _weights: dict[WeightsKey, Model] = field(default_factory=dict)
    _adapted: dict[tuple[WeightsKey, str], Model] = field(default_factory=dict)

    def settings(self, name: str) -> VariantSettings:
        """What the file says of a variant."""
        return self.experiment.config.variants[name]

    def source(self, name: str) -> Source:
        """Where a variant's weights are."""
        settings = self.settings(name)
        known = self.resolved.get(name, {})
        # Without a revision in the file, the commit first found stays: a hub that moves on changes nothing.
        recorded = known.get("commit") if known.get("model") == settings.model else None
        revision = settings.revision or recorded
        key = f"{settings.model}@{revision}"
        if key not in self._sources:
            try:
                self._sources[key] = find_source(
                    settings.model,
                    self.experiment.beside,
                    revision,
                    self.progress.say,
                    settings.trust_remote_code,
                    self.fetch,
                )
            except InputError as error:
                kept = self._kept(name)
                if kept is None:
                    raise
                # What was stored can be read without the weights; whoever needs those is told.
                self._sources[key] = kept.source
                self._gone[kept.source] = error
        return self._sources[key]

    def _kept(self, name: str) -> KeptModel | None:
        settings = self.settings(name)
        return kept_model(self.experiment.layout.model(name), settings.model, settings.lora)

    def keep(self, name: str) -> None:
        """Keep the small files of a variant's model with the experiment."""
        source = self.source(name)
        if source not in self._gone:
            folder = self.experiment.layout.model(name)
            keep(source, self.adapter(name), self.settings(name).lora, folder)

    def placement(self, name: str) -> Placement:
        """Dtype and device: as recorded if the experiment ran before, else resolved now."""
        settings = self.settings(name)
        known = self.resolved.get(name, {})
        dtype = known["dtype"] if known and settings.dtype == "auto" else settings.dtype
        return place(
            dtype, settings.device, settings.device_map, settings.trust_remote_code, settings.quantization
        )

    def renderer(self, name: str) -> Renderer:
        """How a variant turns text into ids; needs the tokenizer only."""
        if name not in self._renderers:
            settings, source = self.settings(name), self.source(name)
            if source not in self._tokenizers:
                self._tokenizers[source] = load_tokenizer(source, settings.trust_remote_code)
            where = f"{self.experiment.file}, variants.{name}"
            self._renderers[name] = Renderer(
                self._tokenizers[source], settings.chat, settings.system_prompt, where
            )
        return self._renderers[name]

    def record(self, name: str) -> dict[str, str]:
        """What of a variant is decided once: its model, dtype and device, and commits if they are known."""
        settings, placement, known = self.settings(name), self.placement(name), self.resolved.get(name, {})
        found = {"model": settings.model, "dtype": placement.dtype, "device": placement.device}
        if "commit" in known and known["model"] == settings.model:
            found["commit"] = known["commit"]
        if "lora_commit" in known and known["lora"] == settings.lora:
            found |= {"lora": known["lora"], "lora_commit": known["lora_commit"]}
        return found

    def shape(self, name: str) -> Shape:
        """How deep and wide a variant's model is, from its config alone."""
        source = self.source(name)
        if source not in self._shapes:
            self._shapes[source] = read_shape(source, self.settings(name).trust_remote_code)
        return self._shapes[source]

    def adapter(self, name: str) -> Adapter | None:
        """A variant's adapter, if it has one: as found on the disk, or on the hub."""
        lora = self.settings(name).lora
        if lora is None:
            return None
        if lora not in self._adapters:
            folder, known = self.experiment.adapter(lora), self.resolved.get(name, {})
            # As with a model: the commit first found stays.
            recorded = known.get("lora_commit") if known.get("lora") == lora else None
            try:
                self._adapters[lora] = (
                    read_adapter(folder) if folder else fetch_adapter(lora, recorded, self.fetch)
                )
            except InputError as error:
                kept = self._kept(name)
                if kept is None or kept.adapter is None:
                    raise
                self._adapters[lora] = kept.adapter
                self._gone_adapters[kept.adapter.identity] = error
        return self._adapters[lora]

    def has_weights(self, name: str) -> bool:
        """Whether a variant's weights and adapter are where the file says: what is stored needs neither."""
        adapter, there = self.adapter(name), self.source(name) not in self._gone
        return there and (adapter is None or adapter.identity not in self._gone_adapters)

    def parts(self, name: str) -> dict[str, str]:
        """What a figure made with a variant depends on, beside its prompts."""
        adapter, placement = self.adapter(name), self.placement(name)
        quantized = "" if placement.quantization == "none" else f", {placement.quantization}"
        return {
            "weights": self.source(name).identity,
            "adapter": adapter.identity if adapter else "none",
            "dtype": f"{placement.dtype}{quantized}",
        }

    def model(self, name: str) -> Model:
        """A variant ready to run, checked on loading; variants of the same weights share them.

        Raises:
            InputError, WorkError: it cannot be found, loaded or trusted (see `models` and `engine.check`).
        """
        bare, key = self.bare_model(name), (self.source(name), self.placement(name))
        adapter = self.adapter(name)
        if adapter is None:
            return bare
        if adapter.identity in self._gone_adapters:
            raise self._gone_adapters[adapter.identity]
        if (key, adapter.identity) not in self._adapted:
            adapted = bare.with_adapter(f"adapter_{digest(adapter.identity)}", adapter)
            check_adapter(adapted, str(adapter.folder))
            self._adapted[key, adapter.identity] = adapted
        return self._adapted[key, adapter.identity]

    def bare_model(self, name: str) -> Model:
        """A variant's weights without its adapter, checked on loading.

        Raises:
            InputError, WorkError: as `model`.
        """
        key = (self.source(name), self.placement(name))
        if key[0] in self._gone:
            raise self._gone[key[0]]
        if key not in self._weights:
            # One set of weights at a time: two of 70B fit nowhere.
            self._weights.clear()
            self._adapted.clear()
            self.progress.say(f"loading {self.settings(name).model}")
            self._weights[key] = load_weights(*key, self.renderer(name).tokenizer)
            check_model(self._weights[key])
            check_component(self._weights[key], self.experiment.config.extract.component)
        return self._weights[key]
