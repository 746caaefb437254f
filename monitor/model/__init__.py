"""Things the rooms hand to each other: frozen values, built by keyword and compared by content. Pure.

Every datetime is aware UTC unless its name says otherwise; every text that came from a feed is plain, without control
characters, and capped (the caps are the parser's).
"""

from monitor.model.common import OPERATOR as OPERATOR
from monitor.model.common import PRIORITIES as PRIORITIES
from monitor.model.common import FeedId as FeedId
from monitor.model.common import FullText as FullText
from monitor.model.common import ItemId as ItemId
from monitor.model.common import Priority as Priority
from monitor.model.common import RuleId as RuleId
from monitor.model.common import Secret as Secret
from monitor.model.common import Trouble as Trouble
from monitor.model.common import Utc as Utc
from monitor.model.gathering import Join as Join
from monitor.model.gathering import StoryInfo as StoryInfo
from monitor.model.gathering import StoryPart as StoryPart
from monitor.model.gathering import StoryReason as StoryReason
from monitor.model.hearing import Feed as Feed
from monitor.model.hearing import Item as Item
from monitor.model.hearing import KnownItem as KnownItem
from monitor.model.hearing import PollState as PollState
from monitor.model.judging import Example as Example
from monitor.model.judging import Finding as Finding
from monitor.model.judging import Hit as Hit
from monitor.model.judging import RuleInfo as RuleInfo
from monitor.model.judging import Span as Span
from monitor.model.judging import Verdict as Verdict
from monitor.model.telling import Channel as Channel
from monitor.model.telling import ChannelWord as ChannelWord
from monitor.model.telling import Delivery as Delivery
from monitor.model.telling import DeliveryState as DeliveryState
from monitor.model.telling import Digest as Digest
from monitor.model.telling import Edition as Edition
from monitor.model.telling import FeedStanding as FeedStanding
from monitor.model.telling import FeedToTell as FeedToTell
from monitor.model.telling import MatchedItem as MatchedItem
from monitor.model.telling import OutboxRow as OutboxRow
from monitor.model.telling import Part as Part
from monitor.model.telling import Quiet as Quiet
from monitor.model.telling import Receipt as Receipt
from monitor.model.telling import Silence as Silence
from monitor.model.telling import Told as Told
from monitor.model.telling import WaitingMatch as WaitingMatch
from monitor.model.telling import Withheld as Withheld
