"""Events: what happened, in the past tense, one class a kind. Pure.

They are small, frozen, plain text, aware UTC and without secrets. Three exceptions, on purpose: ``DigestQueued``
carries the rendered letter (HTML too), so that it can be shown again exactly as sent; its slot is a local instant with
its zone; and ``ItemTextRead`` carries an article. monitor/event.py says what an event is, and what makes two of them
one.
"""

from monitor.event import KINDS as KINDS
from monitor.event import Event as Event
from monitor.event import Head as Head
from monitor.event import Recorded as Recorded
from monitor.event import event as event
from monitor.event import fields as fields
from monitor.event import utc as utc
from monitor.events.gathering import StoriesMerged as StoriesMerged
from monitor.events.gathering import StoryJoined as StoryJoined
from monitor.events.gathering import StorySplit as StorySplit
from monitor.events.hearing import FeedFailed as FeedFailed
from monitor.events.hearing import FeedGapSuspected as FeedGapSuspected
from monitor.events.hearing import FeedGone as FeedGone
from monitor.events.hearing import FeedMoved as FeedMoved
from monitor.events.hearing import FeedRecovered as FeedRecovered
from monitor.events.hearing import FeedsNoticed as FeedsNoticed
from monitor.events.hearing import FeedWentSilent as FeedWentSilent
from monitor.events.hearing import ItemMarked as ItemMarked
from monitor.events.hearing import ItemMatched as ItemMatched
from monitor.events.hearing import ItemQuarantined as ItemQuarantined
from monitor.events.hearing import ItemRevised as ItemRevised
from monitor.events.hearing import ItemSeen as ItemSeen
from monitor.events.hearing import ItemTextRead as ItemTextRead
from monitor.events.telling import ChannelVerified as ChannelVerified
from monitor.events.telling import DeliveryRevived as DeliveryRevived
from monitor.events.telling import DigestAttempted as DigestAttempted
from monitor.events.telling import DigestDeclared as DigestDeclared
from monitor.events.telling import DigestFailed as DigestFailed
from monitor.events.telling import DigestQueued as DigestQueued
from monitor.events.telling import DigestSent as DigestSent
from monitor.events.telling import DigestUnknown as DigestUnknown
from monitor.events.telling import Silenced as Silenced
from monitor.events.telling import SilenceLifted as SilenceLifted
from monitor.events.working import RulesChanged as RulesChanged
from monitor.events.working import RulesRefused as RulesRefused
from monitor.events.working import ServiceStarted as ServiceStarted
from monitor.events.working import ServiceStopped as ServiceStopped
